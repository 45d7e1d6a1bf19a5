// A page of this folder, built, served, and opened in Chromium.
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }
const client = (file: string) => fileURLToPath(new URL(`../../src/${file}.ts`, import.meta.url))

/** serve builds a page with Vite, and gives its address and what ends it. */
export async function serve(page: 'hms' | 'react') {
  const outDir = await mkdtemp(join(tmpdir(), `client-${page}-`))
  await build({
    configFile: false,
    root: fileURLToPath(new URL(`../${page}`, import.meta.url)),
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', development: false } },
    define: { 'process.env.NODE_ENV': '"development"' }, // so that StrictMode mounts twice
    mode: 'development',
    resolve: {
      alias: [
        { find: /^session-store-client$/, replacement: client('index') },
        { find: /^session-store-client\/(react|hms)$/, replacement: client('$1') },
      ],
    },
    build: { outDir, emptyOutDir: true, minify: false },
  })
  const server = createServer((request, answer) => {
    const path = new URL(request.url!, 'http://x').pathname
    const file = join(outDir, path === '/' ? 'index.html' : path)
    if (!existsSync(file)) return void answer.writeHead(404).end()
    answer.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/plain')
    createReadStream(file).pipe(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await rm(outDir, { recursive: true })
    },
  }
}

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })

/** watch notes what goes wrong in a page. */
export function watch(page: Page): string[] {
  const faults: string[] = []
  page.setDefaultTimeout(20_000)
  page.on('pageerror', fault => faults.push(String(fault)))
  page.on('console', message => message.type() === 'error' && faults.push(message.text()))
  return faults
}

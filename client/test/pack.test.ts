// The package as npm packs it, in a fresh folder: in Node, in TypeScript and with Vite.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from 'vite'
import { newRoom, start } from './setup/server.js'

const CLIENT = fileURLToPath(new URL('..', import.meta.url))
const run = (cwd: string, command: string, ...args: string[]) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

let folder: string
let files: string[]
let server: Awaited<ReturnType<typeof start>>

beforeAll(async () => {
  server = await start()
  folder = mkdtempSync(join(tmpdir(), 'client-pack-'))
  // It is built: packing would do it once more, under the feet of other tests.
  const [packed] = JSON.parse(run(CLIENT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder))
  files = packed.files.map(({ path }: { path: string }) => path)
  writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}')
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--offline', packed.filename)
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

test('what is in it', () => {
  const sources = readdirSync(join(CLIENT, 'src')).map(file => file.replace(/\.ts$/, ''))
  const dist = sources.flatMap(name => [`dist/${name}.d.ts`, `dist/${name}.js`])
  expect(files.sort()).toEqual(['LICENSE', 'README.md', 'package.json', ...dist].sort())
})

test('it brings nothing with it', () => {
  expect(readdirSync(join(folder, 'node_modules')).filter(name => !name.startsWith('.'))).toEqual(['session-store-client'])
})

test('in Node', () => {
  writeFileSync(
    join(folder, 'main.js'),
    `import { joinRoom, StoreError } from 'session-store-client'
     const room = await joinRoom({ url: '${server.url}', room: '${newRoom()}', name: 'Ann' })
     await room.observe(['spotlight'])
     await room.set('spotlight', 'me')
     console.log(room.get('spotlight'), room.status, new StoreError({ code: 'internal', status: 500, detail: '' }) instanceof Error)
     await room.leave()`,
  )
  expect(run(folder, 'node', 'main.js')).toBe('me live true\n')
})

test.each(['NodeNext', 'Bundler'])('in TypeScript, with moduleResolution %s', resolution => {
  writeFileSync(
    join(folder, 'types.ts'),
    `import { joinRoom, type Room } from 'session-store-client'
     const room: Room<{ spotlight: string }> = await joinRoom<{ spotlight: string }>({ url: '', room: 'r' })
     // @ts-expect-error a wrong value
     await room.set('spotlight', 1)
     await room.set('spotlight', 'me')`,
  )
  const module = resolution === 'NodeNext' ? 'NodeNext' : 'ESNext'
  run(folder, join(CLIENT, 'node_modules/.bin/tsc'), '--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,DOM', '--module', module, '--moduleResolution', resolution, 'types.ts')
})

test('with Vite', async () => {
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="page.js"></script>')
  writeFileSync(join(folder, 'page.js'), `import { joinRoom } from 'session-store-client'\njoinRoom({ url: '', room: 'r' })`)
  await build({ configFile: false, root: folder, logLevel: 'error' })
  const [script] = readdirSync(join(folder, 'dist/assets'))
  expect(readFileSync(join(folder, 'dist/assets', script!), 'utf8')).toContain('/observe?keys=')
})

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** sizeOf is what a page loads of an entry of the built package, minified and zipped. */
async function sizeOf(entry: string, external: string[] = []): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../dist/${entry}.js`, import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external,
    write: false,
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

// The core is all that it exports; the rest is what it adds to that.
test.each([
  ['index', 'session-store-client', 4096, []],
  ['react', 'session-store-client/react', 1024, ['react', './index.js']],
  ['hms', 'session-store-client/hms', 1536, ['react', './index.js']],
])('%s', async (entry, name, most, external) => {
  const size = await sizeOf(entry, external)
  expect(size).toBeLessThanOrEqual(most)
  const row = README.split('\n').find(line => line.startsWith(`| \`${name}\``))
  const quoted = Number(/([\d.]+) KiB/.exec(row!)![1])
  // The zlib of another Node gives a few bytes more or less.
  expect(Math.abs(size / 1024 - quoted), `the README says ${quoted} KiB, it is ${(size / 1024).toFixed(2)}`).toBeLessThan(0.015)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @ts-expect-error a script without types
import { wire } from '../scripts/wire.mjs'

test('the types of the wire are those of the OpenAPI document: if not, npm run wire', async () => {
  expect(readFileSync(new URL('../src/wire.ts', import.meta.url), 'utf8')).toBe(await wire())
})

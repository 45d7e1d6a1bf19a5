// What the README shows compiles.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const CLIENT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(`${CLIENT}/README.md`, 'utf8')
// In the package, so that its own name is found, and out of the way of everything else.
const FOLDER = `${CLIENT}/node_modules/.readme`

/** What the examples take for granted, unless they say it themselves. */
const PRELUDE = {
  joinRoom: `import { joinRoom } from 'session-store-client'`,
  Store: 'interface Store { pinnedMessage: string; spotlight: string; usefulLinks: string[]; [lock: `lock.${string}`]: string }',
  useRoom: `import { hooksFor } from 'session-store-client/react'\nconst { useRoom, useValue } = hooksFor<Store>()`,
  'const room': `declare const room: import('session-store-client').Room<Store>`,
  'const values': 'declare const url: string, id: string, trackId: string',
}

test('the examples', () => {
  const blocks = [...README.matchAll(/^```tsx?\n([^]*?)^```/gm)].map(([, code]) => code!)
  expect(blocks.length).toBeGreaterThan(5)
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER)
  const files = blocks.map((code, i) => {
    const says = (name: string) => new RegExp(`(const|interface) [^=]*${name.replace('const ', '')}|import [^;\\n]*\\b${name}\\b`).test(code)
    const prelude = Object.entries(PRELUDE).filter(([name]) => !says(name)).map(([, text]) => text)
    const file = `${FOLDER}/example${i}.tsx`
    writeFileSync(file, `${prelude.join('\n')}\n${code}\nexport {}\n`)
    return file
  })
  const flags = '--noEmit --strict --jsx react-jsx --target ES2022 --lib ES2023,DOM --module NodeNext --moduleDetection force --skipLibCheck'
  try {
    execFileSync(`${CLIENT}/node_modules/.bin/tsc`, [...flags.split(' '), ...files], { cwd: FOLDER, encoding: 'utf8', stdio: 'pipe' })
  } catch (fault) {
    expect.fail((fault as { stdout: string }).stdout)
  }
})

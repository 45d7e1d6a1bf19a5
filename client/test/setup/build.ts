// Builds the server that the tests are run against, once for all of them. SESSION_STORE names one that is built already.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    program: string
  }
}

export default function setup(project: TestProject) {
  const given = process.env.SESSION_STORE
  if (given) return project.provide('program', given)
  const folder = mkdtempSync(join(tmpdir(), 'session-store-'))
  const program = join(folder, 'session-store')
  execFileSync('go', ['build', '-o', program, '.'], { cwd: new URL('../../..', import.meta.url), stdio: 'inherit' })
  project.provide('program', program)
  return () => rmSync(folder, { recursive: true })
}

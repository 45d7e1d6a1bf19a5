// A room over the fake server, in a time that the test lets pass, without jitter.
import { afterEach, beforeEach, vi } from 'vitest'
import { joinRoom, type JoinOptions } from 'session-store-client'
import { entry, Fake, settle, snapshot } from './fake.js'

/** The server of the test that runs. */
export let fake: Fake

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
  fake = new Fake()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

export const options = (more: Partial<JoinOptions> = {}): JoinOptions => ({ url: 'http://store/', room: 'r', fetch: fake.fetch, ...more })

/** join is a room, with what it tells its listeners noted. */
export async function join(more?: Partial<JoinOptions>) {
  const room = await joinRoom<Record<string, any>>(options(more))
  const told: string[] = []
  room.subscribe('*', (value, entry, key) => told.push(`${key}=${JSON.stringify(value)}@${entry?.revision}`))
  room.on('status', status => told.push(status))
  return { room, told }
}

/** live is a room that observes keys, at revision 1. */
export async function live(keys: string[] = ['a'], more?: Partial<JoinOptions>) {
  const joined = await join(more)
  void joined.room.observe(keys)
  await settle()
  const stream = fake.observe
  await stream.open(snapshot(1, entry('a', 1)))
  joined.told.splice(0)
  return { ...joined, stream }
}

/** quiet is a promise whose rejection is looked at later. */
export const quiet = <T>(promise: Promise<T>) => {
  promise.catch(() => {})
  return promise
}

// The own writes. Those of one key go one after the other, in the order of their calls: two requests on their way at once
// may arrive in any order.

import { ConflictError } from './errors.js'
import type { Member } from './member.js'
import type { Entry, Position, State } from './model.js'
import type { Replica, Write } from './replica.js'

/** How to set a value. */
export interface SetOptions {
  /** After how many seconds the entry goes by itself. */
  ttl?: number | undefined
  /** The entry goes when this peer goes. */
  ephemeral?: boolean | undefined
  /** Only if the entry is as it was at this position; `*`: if there is one, null: if there is none. */
  ifPosition?: Position | null | undefined
}

// Between two tries of an update: a little more after each, since many may try at once; each time at least one gets through.
const CONFLICT_PAUSE = 20

export function writing(room: State, member: Member, replica: Replica, wanted: () => readonly string[]) {
  const last = new Map<string, Promise<unknown>>()

  /** queue does a task when all tasks before it are done that have a key in common with it. */
  const queue = <T>(keys: string[], task: () => Promise<T>): Promise<T> => {
    const done = Promise.all(keys.map(key => last.get(key))).then(task)
    const quiet = done.catch(() => {}).then(() => keys.forEach(key => last.get(key) === quiet && last.delete(key)))
    for (const key of keys) last.set(key, quiet)
    return done
  }

  /** begin shows a write, and gives what sends it. */
  const begin = (values: Record<string, unknown>, { ifPosition, ttl, ephemeral }: SetOptions = {}) => {
    // What was meant for a session that is over must not be done to the next one: its token ends with it.
    let { token } = room
    // As the others will see it, and safe from whoever changes the original.
    const set = JSON.parse(JSON.stringify(values))
    const [key, more] = Object.keys(values)
    const remove = Object.keys(values).filter(key => !Object.hasOwn(set, key))
    // A PUT is answered with the entry, a PATCH with the revision; a DELETE would not even say that.
    const isPut = key && !more && !remove[0]
    const write: Write = { values: { ...values, ...set } }
    replica.show(write, wanted())
    return async (): Promise<Entry | undefined> => {
      try {
        token ??= await member.enter()
        const answer = await member.call(
          isPut ? 'PUT' : 'PATCH',
          isPut ? `/store/${encodeURIComponent(key)}` : '/store',
          token,
          undefined,
          isPut ? { value: set[key], ttl, ephemeral } : { set, remove },
          ifPosition,
        )
        const written = await answer.json()
        const entry = isPut ? written : undefined
        // Under another token it may be another session, which the answer knows nothing of.
        replica.settle(write, written.revision, token === room.token ? entry : undefined)
        return entry
      } catch (error) {
        replica.settle(write)
        throw error
      }
    }
  }

  /** positionOf is where an entry stands; null if there is none. */
  const positionOf = (entry?: Entry | null) => entry ? `${room.joined!.session}-${entry.revision}` : null

  return {
    positionOf,

    /** write sets keys, or removes those whose value is undefined. */
    write: async (values: Record<string, unknown>, options?: SetOptions) => queue(Object.keys(values), begin(values, options)),

    /**
     * update sets a key to what becomes of its value, until nobody was faster. What is not known it learns from the refusal.
     */
    update: (key: string, become: (value: unknown) => unknown, options?: SetOptions) =>
      queue([key], async () => {
        let entry: Entry | null | undefined = replica.shown(key)?.entry
        for (let tries = 1; ; tries++) {
          try {
            return await begin({ [key]: become(entry?.value) }, { ...options, ifPosition: positionOf(entry) })()
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error
            entry = error.current
          }
          await new Promise(resolve => setTimeout(resolve, Math.random() * tries * CONFLICT_PAUSE))
        }
      }),
  }
}

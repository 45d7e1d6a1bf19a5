// The replica of a store: what the server has said, and over it the own writes that it has not told of yet. Pure.
//
//	snapshot, update ──▶ known: the newest entry of a key ──┐
//	answer of a PUT ──────▲                                 ├──▶ value: the topmost own write, else the known entry's
//	set, update, patch ──▶ own writes, oldest first ────────┘
//
// A revision of a key is never followed by an older one, whichever way and in whichever order the two have come: as the
// answer of a write, on the stream, or on the stream that takes its place.

import { covers } from './keys.js'
import type { Entry, Snapshot, Update } from './model.js'

/** An own write. */
export interface Write {
  /** By key; undefined removes it. */
  readonly values: Record<string, unknown>
  /** What the server has answered; the write is shown until its keys are known up to there. */
  revision?: number
}

/** One key. */
interface Slot {
  /** The revision of the session up to which it is known. */
  asOf: number
  /** undefined: there is none. */
  known?: Entry | undefined
  /** The newest own write that is not known. Those of a key are answered in their order, so that one is enough. */
  own?: Write | undefined
  /** What is shown, and was told. */
  value?: unknown
  entry?: Entry | undefined
}

export type Replica = ReturnType<typeof replicate>

// So many keys are remembered that are not there any more: an older revision of one may still come, for seconds. The
// server has 100 keys unless it is told otherwise.
const MAX_SLOTS = 2000

/** replicate begins empty. It tells of each key that is another one, when all is in place that one event has changed. */
export function replicate(tell: (key: string) => void) {
  const slots = new Map<string, Slot>()

  /** put takes what is known of a key, unless more is known already. */
  const put = (key: string, asOf: number, entry: Entry | undefined, isAll = 0) => {
    const slot = slotOf(key)
    if (asOf + isAll <= slot.asOf) return
    slot.asOf = asOf
    if (entry?.revision !== slot.known?.revision) {
      // The same value stays the same object: nobody has to draw it again.
      if (entry && JSON.stringify(entry.value) === JSON.stringify(slot.value)) entry.value = slot.value
      slot.known = entry
    }
    if (!entry) for (const [key, { known }] of slots) if (!known && slots.size > MAX_SLOTS) slots.delete(key)
  }

  const slotOf = (key: string): Slot => {
    const slot = slots.get(key) ?? { asOf: 0 }
    slots.set(key, slot)
    return slot
  }

  const publish = (keys: Iterable<string>) => {
    const changed = [...keys].filter(key => {
      const slot = slots.get(key)
      if (!slot) return
      const { value, entry, known } = slot
      if (slot.own?.revision! <= slot.asOf) slot.own = undefined
      slot.value = slot.own ? slot.own.values[key] : known?.value
      slot.entry = known
      return value !== slot.value || entry !== known
    })
    changed.forEach(tell)
  }

  return {
    keys: (): string[] => [...slots.keys()],

    /** shown is what there is to show of a key. */
    shown: (key: string): Pick<Slot, 'value' | 'entry'> | undefined => slots.get(key),

    /** snapshot takes all that is there of the keys that patterns mean. */
    snapshot({ revision, entries }: Snapshot, patterns: readonly string[]) {
      const keys = [...slots.keys(), ...Object.keys(entries)]
      // A snapshot says of a key that it is so, and not only that it has become so: hence one more.
      for (const key of keys) if (covers(patterns, key)) put(key, revision, entries[key], 1)
      publish(keys)
    },

    /** update takes what has changed of them. */
    update({ set = {}, removed }: Update, patterns: readonly string[]) {
      const changes = { ...removed, ...set }
      for (const key in changes) if (covers(patterns, key)) put(key, changes[key]!.revision, set[key])
      publish(Object.keys(changes))
    },

    /** show lays an own write over the keys that patterns mean. */
    show(write: Write, patterns: readonly string[]) {
      const keys = Object.keys(write.values).filter(key => covers(patterns, key))
      for (const key of keys) slotOf(key).own = write
      publish(keys)
    },

    /** settle says which revision an own write was given, 0 if it was refused, and the entry where the answer had it. */
    settle(write: Write, revision = 0, entry?: Entry) {
      write.revision = revision
      if (entry && slots.has(entry.key)) put(entry.key, revision, entry)
      publish(Object.keys(write.values))
    },

    /** retain forgets what patterns do not mean: it is not kept up to date any more. */
    retain(patterns: readonly string[]) {
      for (const [key, { value, entry }] of slots) {
        if (covers(patterns, key)) continue
        slots.delete(key)
        if (value !== undefined || entry) tell(key)
      }
    },
  }
}

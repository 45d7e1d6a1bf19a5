import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Entry } from '../src/model.js'
import { replicate as replicateKeys, type Write } from '../src/replica.js'
import { parser } from '../src/sse.js'
import { random } from './setup/random.js'

const entry = (key: string, revision: number, value: unknown = revision): Entry => ({ key, value, revision, updated_at: '', updated_by: 'ann' })
const entries = (...list: Entry[]) => Object.fromEntries(list.map(entry => [entry.key, entry]))
const snapshot = (revision: number, ...list: Entry[]) => ({ session: 's', revision, entries: entries(...list) })
const update = (...list: Entry[]) => ({ revision: 0, set: entries(...list) })
const removal = (key: string, revision: number) => ({ revision, removed: { [key]: { revision, reason: 'deleted' as const } } })

/** replicate is of all keys. */
function replicate(tell: (key: string) => void) {
  const replica = replicateKeys(tell)
  return { ...replica, update: (body: Parameters<typeof replica.update>[0], patterns = ['*']) => replica.update(body, patterns) }
}
type Replica = ReturnType<typeof replicate>

function begin() {
  const told: string[] = []
  const replica: Replica = replicate(key => told.push(`${key}=${JSON.stringify(replica.shown(key)?.value)}`))
  return { replica, told, value: (key: string) => replica.shown(key)?.value }
}

describe('what the server says', () => {
  test('a snapshot takes the place of all that its patterns mean', () => {
    const { replica, told, value } = begin()
    replica.snapshot(snapshot(5, entry('a', 3), entry('b', 5)), ['a', 'b', 'c'])
    replica.snapshot(snapshot(7, entry('b', 5), entry('c', 7)), ['a', 'b', 'c'])
    expect([value('a'), value('b'), value('c')]).toEqual([undefined, 5, 7])
    expect(told).toEqual(['a=3', 'b=5', 'a=undefined', 'c=7'])
  })

  test('a snapshot of other keys leaves the rest', () => {
    const { replica, value } = begin()
    replica.snapshot(snapshot(5, entry('a', 3)), ['a'])
    replica.snapshot(snapshot(6, entry('b.x', 6)), ['b.*'])
    expect([value('a'), value('b.x')]).toEqual([3, 6])
  })

  test('an update of other keys is none', () => {
    const { replica, told } = begin()
    replica.update(update(entry('a', 1), entry('b', 1)), ['b'])
    expect(told).toEqual(['b=1'])
  })

  test('an older snapshot changes nothing', () => {
    const { replica, told } = begin()
    replica.snapshot(snapshot(5), ['*'])
    replica.update(update(entry('a', 6)))
    replica.update(removal('b', 7))
    replica.snapshot(snapshot(5, entry('b', 5)), ['*'])
    expect(told).toEqual(['a=6'])
  })

  test('an older or equal revision of a key changes nothing', () => {
    const { replica, told } = begin()
    replica.update(update(entry('a', 6)))
    replica.update(update(entry('a', 6, 'other')))
    replica.update(update(entry('a', 5)))
    replica.update(removal('a', 6))
    expect(told).toEqual(['a=6'])
  })

  test('what was removed does not come back with an older revision', () => {
    const { replica, told } = begin()
    replica.update(update(entry('a', 6)))
    replica.update(removal('a', 8))
    replica.update(update(entry('a', 7)))
    replica.update(update(entry('a', 9)))
    expect(told).toEqual(['a=6', 'a=undefined', 'a=9'])
  })

  test('what was hidden by other grants comes back with the revision that it has', () => {
    const { replica, told } = begin()
    replica.snapshot(snapshot(5, entry('a', 3)), ['*'])
    replica.snapshot(snapshot(5), ['*'])
    replica.snapshot(snapshot(5, entry('a', 3)), ['*'])
    expect(told).toEqual(['a=3', 'a=undefined', 'a=3'])
  })

  test('all of an event is in place before anybody hears of it', () => {
    const seen: unknown[] = []
    const replica: Replica = replicate(() => seen.push([replica.shown('a')?.value, replica.shown('b')?.value]))
    replica.update(update(entry('a', 1), entry('b', 1)))
    expect(seen).toEqual([[1, 1], [1, 1]])
  })

  test('keys that are members of every object', () => {
    const { replica, value } = begin()
    replica.snapshot(JSON.parse('{"session":"s","revision":1,"entries":{"__proto__":{"key":"__proto__","value":1,"revision":1},"constructor":{"key":"constructor","value":2,"revision":1}}}'), ['*'])
    expect([value('__proto__'), value('constructor'), value('toString')]).toEqual([1, 2, undefined])
  })

  test('removed keys are remembered up to a bound', () => {
    const { replica } = begin()
    for (let i = 0; i < 5000; i++) {
      replica.update(update(entry(`k${i}`, 2 * i + 1)))
      replica.update(removal(`k${i}`, 2 * i + 2))
    }
    expect(replica.keys().length).toBeLessThan(2100)
  })

  test.each(['snapshot', 'update_set', 'update_removed'])('the golden file %s', file => {
    const { replica, value } = begin()
    parser({
      event: ({ event, data }) => (event === 'snapshot' ? replica.snapshot(JSON.parse(data), ['*']) : replica.update(JSON.parse(data))),
      comment() {},
      retry() {},
    })(readFileSync(new URL(`../../sse/testdata/${file}.txt`, import.meta.url)))
    expect(value('spotlight')).toBe(file === 'update_removed' ? undefined : 'q1')
  })
})

describe('own writes', () => {
  const write = (values: Record<string, unknown>): Write => ({ values })

  test('are shown at once, and stay when they are answered', () => {
    const { replica, told } = begin()
    const own = write({ a: 'x' })
    replica.show(own, ['a'])
    replica.settle(own, 4, entry('a', 4, 'x'))
    replica.update(update(entry('a', 4, 'x')))
    expect(told).toEqual(['a="x"', 'a="x"']) // the second has the entry
    expect(replica.shown('a')?.entry?.revision).toBe(4)
  })

  test('are taken back when they are refused, to what the server says now', () => {
    const { replica, told } = begin()
    replica.update(update(entry('a', 1)))
    const own = write({ a: 'x' })
    replica.show(own, ['a'])
    replica.update(update(entry('a', 2)))
    replica.settle(own)
    expect(told).toEqual(['a=1', 'a="x"', 'a="x"', 'a=2'])
  })

  test('a late answer does not take the place of a newer value', () => {
    const { replica, value } = begin()
    const own = write({ a: 'x' })
    replica.show(own, ['a'])
    replica.update(update(entry('a', 9)))
    expect(value('a')).toBe('x')
    replica.settle(own, 8, entry('a', 8, 'x'))
    expect(value('a')).toBe(9)
  })

  test('a later own write stays when an earlier one is answered or refused', () => {
    for (const revision of [0, 3]) {
      const { replica, value } = begin()
      const [first, second] = [write({ a: 1 }), write({ a: 2 })]
      replica.show(first, ['a'])
      replica.show(second, ['a'])
      replica.settle(first, revision, revision ? entry('a', revision, 1) : undefined)
      expect(value('a')).toBe(2)
      replica.settle(second)
      expect(value('a')).toBe(revision ? 1 : undefined)
    }
  })

  test('of several keys stay until the stream has them', () => {
    const { replica, value } = begin()
    replica.update(update(entry('a', 1), entry('b', 1)))
    const own = write({ a: 'x', b: undefined })
    replica.show(own, ['*'])
    expect([value('a'), value('b')]).toEqual(['x', undefined])
    replica.settle(own, 3)
    replica.update(update(entry('a', 2)))
    expect([value('a'), value('b')]).toEqual(['x', undefined])
    replica.update({ revision: 3, set: entries(entry('a', 3, 'x')), removed: { b: { revision: 3, reason: 'deleted' } } })
    replica.update(update(entry('a', 4)))
    expect([value('a'), value('b')]).toEqual([4, undefined])
  })

  test('the same value stays the same object', () => {
    const { replica, value } = begin()
    const own = write({ a: { x: [1] } })
    replica.show(own, ['a'])
    const shown = value('a')
    replica.settle(own, 1, entry('a', 1, { x: [1] }))
    expect(value('a')).toBe(shown)
    replica.update(update(entry('a', 2, { x: [1] })))
    expect(value('a')).toBe(shown)
    replica.snapshot(snapshot(2, entry('a', 2, { x: [1] })), ['a'])
    expect(value('a')).toBe(shown)
  })

  test('of keys that are not observed are not shown', () => {
    const { replica, told } = begin()
    const own = write({ a: 1 })
    replica.show(own, ['b'])
    replica.settle(own, 1, entry('a', 1))
    expect([told, replica.keys()]).toEqual([[], []])
  })

  test('of a session that is over are forgotten', () => {
    const { replica, told } = begin()
    const own = write({ a: 1 })
    replica.show(own, ['a'])
    replica.retain([])
    replica.settle(own, 70, entry('a', 70))
    expect(told).toEqual(['a=1', 'a=undefined'])
    replica.snapshot(snapshot(2, entry('a', 2)), ['a'])
    expect(replica.shown('a')?.value).toBe(2)
  })
})

test('any order of events, of answers, and of a stream that takes the place of another, ends at the truth', () => {
  for (let seed = 1; seed <= 300; seed++) scramble(random(seed))
})

/** scramble lets two streams, one behind the other, and late answers tell of one history. */
function scramble(next: () => number) {
  const keys = ['a', 'b', 'c']
  const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)]!
  const truth = new Map<string, Entry>()
  const history: (() => void)[] = []
  const revisions: Record<string, number> = {}
  const replica: Replica = replicate(key => {
    const revision = replica.shown(key)?.entry?.revision
    if (!revision) return
    expect(revision).toBeGreaterThanOrEqual(revisions[key] ?? 0)
    revisions[key] = revision
  })
  const answers: (() => void)[] = []
  const at: (() => void)[] = [() => replica.snapshot(snapshot(0), keys)]
  for (let revision = 1; revision <= 40; revision++) {
    const key = pick(keys)
    if (next() < 0.3) {
      truth.delete(key)
      history.push(() => replica.update(removal(key, revision)))
    } else {
      const now = entry(key, revision)
      truth.set(key, now)
      history.push(() => replica.update(update({ ...now })))
      if (next() < 0.4) {
        const own: Write = { values: { [key]: revision } }
        answers.push(() => replica.show(own, keys), () => replica.settle(own, revision, { ...now }))
      }
    }
    const all = [...truth.values()]
    at.push(() => replica.snapshot(snapshot(revision, ...all), keys))
  }
  const cut = Math.floor(next() * 40)
  const from = Math.floor(next() * (cut + 1))
  at[0]!()
  const tell = (events: (() => void)[]) => {
    for (const event of events) {
      event()
      while (answers.length && next() < 0.3) answers.shift()!()
    }
  }
  tell(history.slice(0, cut))
  tell([at[from]!, ...history.slice(from)])
  for (const answer of answers) answer()
  for (const key of keys) expect(replica.shown(key)?.value).toEqual(truth.get(key)?.value)
}

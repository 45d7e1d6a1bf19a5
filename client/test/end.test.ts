import { describe, expect, test, vi } from 'vitest'
import { Room } from 'session-store-client'
import { comment, end, entry, settle, snapshot, snapshotOf, update } from './setup/fake.js'
import { fake, join, live, options } from './setup/room.js'

describe('the end', () => {
  test.each(['kicked', 'left', 'session_over', 'timeout', 'expired'])('%s', async reason => {
    const { room, told, stream } = await live()
    await stream.send(end(reason))
    await vi.advanceTimersByTimeAsync(60_000)
    expect([room.status, room.reason, room.token, told]).toEqual(['ended', reason, undefined, ['ended']])
    expect(fake.calls.filter(({ path }) => path !== '/leave')).toEqual([])
    await room.observe(['b']) // nobody waits for what does not come
    expect(room.get('a')).toBe(1)
  })

  test('a token that is worth nothing any more', async () => {
    const { room, stream } = await live()
    await stream.cut()
    await vi.advanceTimersByTimeAsync(500)
    await fake.observe.refuse(401, 'unauthorized')
    expect([room.status, room.reason, room.error?.code]).toEqual(['ended', 'timeout', 'unauthorized'])
  })

  test('connect comes back after an end', async () => {
    const { room, told, stream } = await live()
    await stream.send(end('kicked'))
    fake.peer = 'ann2'
    await room.connect()
    await settle()
    await fake.observe.open(snapshot(2, entry('a', 1)))
    expect(told).toEqual(['ended', 'stale', 'live'])
    expect([room.peer?.id, room.reason, fake.joins[1]!.headers.Authorization]).toEqual(['ann2', undefined, undefined])
  })

  test('rejoin: a new peer of the same session keeps what is shown', async () => {
    const { room, told, stream } = await live(['a'], { rejoin: true })
    fake.peer = 'ann2'
    await stream.send(end('timeout'))
    await vi.advanceTimersByTimeAsync(500)
    const next = fake.observe
    expect([next.since, next.headers.Authorization]).toEqual(['', 'Bearer ann2.secret'])
    await next.open(snapshot(3, entry('a', 1)))
    expect(told).toEqual(['stale', 'live'])
    expect(room.peer?.id).toBe('ann2')
  })

  test('rejoin: a new session begins with nothing', async () => {
    const { room, told, stream } = await live(['a'], { rejoin: true })
    await stream.send(update(entry('a', 50)))
    await stream.cut()
    await vi.advanceTimersByTimeAsync(500)
    await fake.observe.refuse(401, 'unauthorized')
    fake.session = 's2'
    fake.peer = 'ann2'
    await vi.advanceTimersByTimeAsync(1000)
    expect(room.get('a')).toBeUndefined()
    await fake.observe.open(snapshotOf('s2', 2, entry('a', 2, 'new')))
    expect(told).toEqual(['a=50@50', 'stale', 'a=undefined@undefined', 'a="new"@2', 'live'])
  })

  test('rejoin goes on while the join has no answer', async () => {
    const { room, stream } = await live(['a'], { rejoin: true })
    fake.answersJoins = false
    await stream.send(end('timeout'))
    await vi.advanceTimersByTimeAsync(500)
    await fake.joins[1]!.refuse(503, 'unavailable')
    await vi.advanceTimersByTimeAsync(1000)
    expect([fake.joins.length, room.status]).toEqual([3, 'stale'])
    await fake.joins[2]!.refuse(403, 'forbidden')
    expect([room.status, room.reason, room.error?.code]).toEqual(['ended', 'refused', 'forbidden'])
  })

  test('no answer to a join', async () => {
    fake.answersJoins = false
    const room = new Room(options())
    const joining = room.connect()
    const fault = expect(joining).rejects.toMatchObject({ code: 'no_answer', status: 0 })
    await fake.joins[0]!.fail()
    await fault
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fake.joins).toHaveLength(1)
    void room.observe(['a']) // whoever wants something makes it try again
    await settle()
    expect(fake.joins).toHaveLength(2)
  })
})

describe('JWTs', () => {
  const jwt = (exp: number) => `e30.${btoa(JSON.stringify({ exp, name: '??>>~~' })).replaceAll('+', '-').replaceAll('/', '_')}.sig`
  const inSeconds = (seconds: number) => jwt(Date.now() / 1000 + seconds)

  test('the JWT is the bearer, an old token stands in the body', async () => {
    await join({ joinToken: 'a.b.c', token: 'old', name: 'Ann' })
    expect([fake.joins[0]!.headers.Authorization, fake.joins[0]!.body]).toEqual(['Bearer a.b.c', { name: 'Ann', token: 'old' }])
  })

  test('without one, the old token is the bearer', async () => {
    await join({ token: 'old' })
    expect([fake.joins[0]!.headers.Authorization, fake.joins[0]!.body]).toEqual(['Bearer old', {}])
  })

  test('it is renewed before it ends, and the stream goes on', async () => {
    const { room, stream } = await live(['a'], { joinToken: async () => inSeconds(100) })
    await vi.advanceTimersByTimeAsync(39_000)
    await stream.send(comment)
    await vi.advanceTimersByTimeAsync(39_000)
    await stream.send(comment)
    expect(fake.joins).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(3000)
    expect(fake.joins).toHaveLength(2)
    expect(fake.joins[1]!.body).toEqual({ token: 'ann.secret' })
    expect([fake.calls, room.status]).toEqual([[], 'live'])
    await stream.send(snapshot(1, entry('a', 1))) // the server begins it anew, under the new grants
  })

  test('a renewal without an answer is tried again in what is left', async () => {
    const { room } = await live(['a'], { joinToken: () => inSeconds(100) })
    fake.answersJoins = false
    await vi.advanceTimersByTimeAsync(81_000)
    await fake.joins[1]!.fail()
    await vi.advanceTimersByTimeAsync(17_000)
    expect(fake.joins).toHaveLength(3)
    void room.leave()
    await fake.joins[2]!.fail()
    await vi.advanceTimersByTimeAsync(100_000)
    expect(fake.joins).toHaveLength(3)
  })

  test('after its end it comes back with a fresh one', async () => {
    let asked = 0
    const { room, stream } = await live(['a'], { joinToken: async () => `e30.${btoa('{}')}.${++asked}` })
    await stream.send(end('expired'))
    await vi.advanceTimersByTimeAsync(500)
    expect(fake.joins[1]!.headers.Authorization).toMatch(/\.2$/)
    expect(fake.joins[1]!.body).toEqual({ token: 'ann.secret' })
    await fake.observe.open(comment)
    expect(room.status).toBe('live')
  })

  test('a fault of the function is no end', async () => {
    let asked = 0
    const joinToken = async () => {
      if (++asked === 2) throw new Error('offline')
      return `e30.${btoa('{}')}.${asked}`
    }
    const { stream } = await live(['a'], { joinToken })
    await stream.send(end('expired'))
    await vi.advanceTimersByTimeAsync(500)
    expect(fake.joins).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(fake.joins).toHaveLength(2)
  })
})

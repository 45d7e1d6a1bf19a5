import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Room, joinRoom, type JoinOptions } from 'session-store-client'
import { comment, end, entry, Fake, peers, removal, settle, snapshot, snapshotOf, update } from './setup/fake.js'

let fake: Fake
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

const options = (more: Partial<JoinOptions> = {}): JoinOptions => ({ url: 'http://store', room: 'r', fetch: fake.fetch, ...more })

/** join is a room with its listeners noted. */
async function join(more?: Partial<JoinOptions>) {
  const room = await joinRoom<Record<string, any>>(options(more))
  const told: string[] = []
  room.subscribe('*', (value, entry, key) => told.push(`${key}=${JSON.stringify(value)}@${entry?.revision}`))
  room.on('status', status => told.push(status))
  return { room, told }
}

/** live is a room that observes keys, at revision 1. */
async function live(keys: string[] = ['a'], more?: Partial<JoinOptions>) {
  const joined = await join(more)
  void joined.room.observe(keys)
  await settle()
  const stream = fake.observe
  await stream.open(snapshot(1, entry('a', 1)))
  joined.told.splice(0)
  return { ...joined, stream }
}

describe('which keys', () => {
  test('the wishes of a tick are one request', async () => {
    const { room } = await join()
    void room.observe(['b', 'a'])
    void room.observe(['b', 'hand.*'])
    room.on('peers', () => {})
    await settle()
    const stream = fake.observe
    expect(stream.url.search).toBe('?keys=a,b,hand.*&since=&peers=true')
    expect(stream.headers).toEqual({ Authorization: 'Bearer ann.secret' })
    expect(fake.calls).toEqual([])
  })

  test('with nothing observed there is a stream all the same', async () => {
    const { room } = await join()
    await settle()
    await fake.observe.open(snapshot(3))
    expect(room.status).toBe('live')
  })

  test('they are counted', async () => {
    const { room } = await live(['a', 'b'])
    void room.observe(['a'])
    await settle()
    room.unobserve(['a'])
    await settle()
    expect(fake.calls).toEqual([])
    expect(room.get('a')).toBe(1)
    room.unobserve(['a'])
    await settle()
    expect(fake.observe.keys).toBe('b')
    expect(room.get('a')).toBeUndefined()
  })

  test('mounted, unmounted and mounted again in one tick is nothing', async () => {
    const { room, told } = await live()
    room.unobserve(['a'])
    void room.observe(['a'])
    await settle()
    expect([fake.calls, told]).toEqual([[], []])
  })

  test('one more: the old stream goes on until the new one has its snapshot, and nothing is told twice', async () => {
    const { room, told, stream } = await live()
    const here = vi.fn()
    void room.observe(['b']).then(here)
    await settle()
    const next = fake.observe
    expect([next.keys, next.since]).toEqual(['a,b', ''])
    await stream.send(update(entry('a', 2)))
    await next.open()
    await stream.send(update(entry('a', 3)))
    expect([stream.isAborted, here.mock.calls.length]).toEqual([false, 0])
    await next.send(snapshot(4, entry('a', 3), entry('b', 4)))
    expect([stream.isAborted, here.mock.calls.length, room.status]).toEqual([true, 1, 'live'])
    await next.send(update(entry('a', 5)))
    expect(told).toEqual(['a=2@2', 'a=3@3', 'b=4@4', 'a=5@5'])
  })

  test('a snapshot from before what the old stream has told', async () => {
    const { room, told, stream } = await live()
    void room.observe(['b'])
    await settle()
    await stream.send(update(entry('a', 3)), removal('a', 4))
    await fake.observe.open(snapshot(2, entry('a', 1), entry('b', 2)), update(entry('a', 3)), removal('a', 4), update(entry('a', 5)))
    expect(told).toEqual(['a=3@3', 'a=undefined@undefined', 'b=2@2', 'a=5@5'])
  })

  test('one less: it goes on at the position', async () => {
    const { room, told, stream } = await live(['a', 'b'])
    room.unobserve(['b'])
    await stream.send(update(entry('a', 2)))
    const next = fake.observe
    expect([next.keys, next.since]).toEqual(['a', 's-2'])
    await next.open(comment)
    expect([stream.isAborted, told]).toEqual([true, ['a=2@2']])
  })

  test('one less and again one more: it begins anew, since it was not kept meanwhile', async () => {
    const { room, stream } = await live(['a', 'b'])
    await stream.cut()
    room.unobserve(['b'])
    await settle()
    void room.observe(['b'])
    await vi.advanceTimersByTimeAsync(500)
    expect(fake.observe.since).toBe('')
  })

  test('nobody waits for what nobody wants any more', async () => {
    const { room, stream } = await live()
    await stream.cut()
    const here = vi.fn()
    void room.observe(['b']).then(here)
    room.unobserve(['b'])
    await vi.advanceTimersByTimeAsync(500)
    await fake.observe.open(comment)
    expect(here).toHaveBeenCalled()
  })

  test('a key under a prefix that is observed needs no snapshot', async () => {
    const { room } = await live(['hand.*'])
    const here = vi.fn()
    void room.observe(['hand.ann']).then(here)
    await settle()
    expect([fake.observe.since, here.mock.calls.length]).toEqual(['s-1', 1])
  })

  test('more than the server takes are all', async () => {
    const { room } = await join()
    void room.observe(Array.from({ length: 101 }, (_, i) => `k${i}`))
    await settle()
    const stream = fake.observe
    expect(stream.keys).toBe('*')
    await stream.open(snapshot(2, entry('k7', 1), entry('other', 2)))
    expect([room.get('k7'), room.get('other')]).toEqual([1, undefined])
  })

  test('what may not be read is as if it were not there', async () => {
    const { room, told } = await join()
    void room.observe(['a', 'b*'])
    await settle()
    await fake.observe.refuse(403, 'forbidden')
    const stream = fake.observe
    expect(stream.keys).toBe('*')
    await stream.open(snapshot(3, entry('a', 1), entry('ab', 2), entry('b1', 3)), update(entry('abc', 4)))
    expect(told).toEqual(['a=1@1', 'b1=3@3', 'live'])
    expect(room.entries('*').map(({ key }) => key)).toEqual(['a', 'b1'])
  })

  test('a key that makes no sense takes nothing from the others', async () => {
    const { room, told, stream } = await live()
    void room.observe(['\n'])
    await settle()
    await fake.observe.refuse(400, 'invalid_request')
    await fake.observe.open(snapshot(2, entry('a', 2)))
    expect([room.status, stream.isAborted, told]).toEqual(['live', true, ['a=2@2']])
  })

  test('a stream that is refused for good ends it', async () => {
    const { room } = await join()
    const here = vi.fn()
    void room.observe(['a']).then(here)
    await settle()
    await fake.observe.refuse(404, 'room_not_found')
    await fake.observe.refuse(404, 'room_not_found')
    expect([room.status, room.reason, room.error?.code, here.mock.calls.length]).toEqual(['ended', 'refused', 'room_not_found', 1])
  })
})

describe('broken connections', () => {
  test('it goes on at the position, and says meanwhile that it is stale', async () => {
    const { room, told, stream } = await live()
    await stream.send(update(entry('a', 2)))
    await stream.cut()
    expect(room.status).toBe('stale')
    await vi.advanceTimersByTimeAsync(500)
    const next = fake.observe
    expect(next.since).toBe('s-2')
    await next.open(update(entry('a', 5)))
    expect(told).toEqual(['a=2@2', 'stale', 'a=5@5', 'live'])
  })

  test('each wait is longer than the one before, up to a bound, whatever the fault', async () => {
    const { stream } = await live()
    await stream.close()
    const faults = [
      () => fake.observe.fail(),
      () => fake.observe.refuse(503, 'unavailable'),
      () => fake.observe.refuse(502),
      () => fake.observe.refuse(404),
      () => fake.observe.refuse(429, 'rate_limited'),
      () => fake.observe.open().then(() => settle()),
    ]
    for (const pause of [500, 1000, 2000, 4000, 8000, 15000]) {
      await vi.advanceTimersByTimeAsync(pause - 20)
      expect(fake.calls).toEqual([])
      await vi.advanceTimersByTimeAsync(20)
      await faults.shift()!()
    }
  })

  test('jitter', async () => {
    vi.mocked(Math.random).mockReturnValue(0.9)
    const { stream } = await live()
    await stream.close()
    await vi.advanceTimersByTimeAsync(940)
    expect(fake.calls).toEqual([])
    await vi.advanceTimersByTimeAsync(20)
    expect(fake.calls).toHaveLength(1)
  })

  test.each([
    ['a greeting is not enough', [comment], 1000],
    ['a later comment is', [comment, comment], 500],
    ['an event is', [update(entry('a', 2))], 500],
  ])('the wait after it: %s', async (_, events, pause) => {
    const { stream } = await live()
    await stream.cut()
    await vi.advanceTimersByTimeAsync(500)
    const next = fake.observe
    await next.open(...events)
    await next.cut()
    await vi.advanceTimersByTimeAsync(pause - 20)
    expect(fake.calls).toEqual([])
    await vi.advanceTimersByTimeAsync(20)
    expect(fake.calls).toHaveLength(1)
  })

  test('a server that goes down says when to come back', async () => {
    const { room, stream } = await live()
    await stream.send('retry: 3000\n\n')
    await stream.close()
    expect(room.status).toBe('stale')
    await vi.advanceTimersByTimeAsync(2980)
    expect(fake.calls).toEqual([])
    await vi.advanceTimersByTimeAsync(20)
    expect(fake.calls).toHaveLength(1)
  })

  test('silence is a broken connection, a comment is not silence', async () => {
    const { room, stream } = await live()
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(30_000)
      await stream.send(comment)
    }
    expect(room.status).toBe('live')
    await vi.advanceTimersByTimeAsync(40_000)
    expect([room.status, stream.isAborted]).toEqual(['stale', true])
    await vi.advanceTimersByTimeAsync(500)
    expect(fake.calls).toHaveLength(1)
  })

  test('an event of a later server is left alone', async () => {
    const { room, told, stream } = await live()
    await stream.send('event: greeting\ndata: {"hello":1}\n\n', 'data: 1\n\n', update(entry('a', 2)))
    expect([room.status, told]).toEqual(['live', ['a=2@2']])
  })

  test('a request that nobody answers is a broken connection too', async () => {
    const { stream } = await live()
    await stream.cut()
    await vi.advanceTimersByTimeAsync(500)
    const next = fake.observe
    await vi.advanceTimersByTimeAsync(40_000)
    expect(next.isAborted).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(fake.calls).toHaveLength(1)
  })

  test('garbage is a broken connection', async () => {
    const { room, stream } = await live()
    await stream.send('event: update\ndata: {\n\n')
    expect(room.status).toBe('stale')
  })

  test('keys observed while it waits are in the next request, which does not come sooner', async () => {
    const { room, stream } = await live()
    await stream.cut()
    void room.observe(['b'])
    await vi.advanceTimersByTimeAsync(480)
    expect(fake.calls).toEqual([])
    await vi.advanceTimersByTimeAsync(20)
    expect(fake.observe.keys).toBe('a,b')
  })

  test('the old stream breaks while the new one is on its way', async () => {
    const { room, told, stream } = await live()
    void room.observe(['b'])
    await settle()
    await stream.cut()
    expect(room.status).toBe('stale')
    await fake.observe.open(snapshot(2, entry('a', 1)))
    expect(told).toEqual(['stale', 'live'])
    expect(fake.calls).toEqual([])
  })

  test('the new stream breaks while the old one goes on', async () => {
    const { room, told, stream } = await live()
    void room.observe(['b'])
    await settle()
    await fake.observe.fail()
    await stream.send(update(entry('a', 2)))
    await vi.advanceTimersByTimeAsync(500)
    await fake.observe.open(snapshot(2, entry('a', 2), entry('b', 1)))
    expect(told).toEqual(['a=2@2', 'b=1@1'])
    expect([room.status, stream.isAborted]).toEqual(['live', true])
  })

  test('disconnect and connect, as a page that shows it does', async () => {
    const { room, told, stream } = await live()
    room.disconnect()
    expect([room.status, stream.isAborted]).toEqual(['stale', true])
    void room.observe(['a'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fake.calls).toEqual([])
    await room.connect()
    await settle()
    const next = fake.observe
    expect(next.since).toBe('s-1')
    await next.open(update(entry('a', 4)))
    expect(told).toEqual(['stale', 'a=4@4', 'live'])
  })
})

describe('peers', () => {
  test('who is there, who comes and who goes', async () => {
    const { room } = await join()
    const heard: string[] = []
    const stop = room.on('peers', list => heard.push(list.map(({ name }) => name).join()))
    await settle()
    const ann = { id: '1', name: 'Ann', role: '', joined_at: '' }
    const ben = { id: '2', name: 'Ben', role: '', joined_at: '' }
    const stream = fake.observe
    await stream.open(snapshot(0), peers({ peers: [ann] }), peers({ joined: [ben] }), peers({ joined: [{ ...ann, name: 'Anna' }] }))
    await stream.send(peers({ left: [{ id: '1', reason: 'left' }] }))
    expect(heard).toEqual(['Ann', 'Ann,Ben', 'Anna,Ben', 'Ben'])
    expect(room.peers).toEqual([ben])
    stop()
    stop()
    await settle()
    expect(fake.observe.url.searchParams.get('peers')).toBe('false')
  })
})

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

describe('the page', () => {
  let page: EventTarget
  let beacons: string[]
  beforeEach(() => {
    page = new EventTarget()
    beacons = []
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    vi.stubGlobal('document', { visibilityState: 'visible' })
    vi.stubGlobal('navigator', { sendBeacon: (url: string) => beacons.push(url) })
  })
  const happen = (event: string, more = {}) => {
    page.dispatchEvent(Object.assign(new Event(event), more))
    return settle()
  }

  test.each(['online', 'visibilitychange'])('%s: it does not wait', async event => {
    const { stream, room } = await live()
    await stream.cut()
    await happen(event)
    await fake.observe.open(comment)
    expect(room.status).toBe('live')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(fake.calls).toEqual([])
  })

  test('what looks live after a sleep is asked anew, without being stale', async () => {
    const { room, told, stream } = await live()
    await happen('visibilitychange')
    await fake.observe.open(comment)
    expect([stream.isAborted, room.status, told]).toEqual([true, 'live', []])
  })

  test('a hidden page does nothing', async () => {
    const { stream } = await live()
    await stream.cut()
    vi.stubGlobal('document', { visibilityState: 'hidden' })
    await happen('visibilitychange')
    expect(fake.calls).toEqual([])
  })

  test('disconnect is stronger', async () => {
    const { room } = await live()
    room.disconnect()
    await happen('online')
    expect(fake.calls).toEqual([])
  })

  test('it leaves when the page goes', async () => {
    const { room, stream } = await live()
    await happen('pagehide', { persisted: false })
    expect(beacons).toEqual(['http://store/rooms/r/leave?access_token=ann.secret'])
    expect([room.status, stream.isAborted, fake.calls]).toEqual(['ended', true, []])
    await happen('online')
    await happen('pagehide', { persisted: false })
    expect([beacons.length, fake.calls]).toEqual([1, []])
  })

  test('it does not when it shall stay', async () => {
    const { room } = await live(['a'], { leaveOnPageHide: false })
    await happen('pagehide', { persisted: false })
    expect([beacons, room.token]).toEqual([[], 'ann.secret'])
  })

  test('a page that is kept closes its stream, and opens it when it is back', async () => {
    const { room, stream } = await live()
    await happen('pagehide', { persisted: true })
    expect([beacons, stream.isAborted, room.status]).toEqual([[], true, 'stale'])
    await vi.advanceTimersByTimeAsync(20_000)
    expect(fake.calls).toEqual([])
    await happen('pageshow', { persisted: true })
    expect(fake.observe.since).toBe('s-1')
  })

  test('nothing listens after the end', async () => {
    const { room } = await live()
    void room.leave()
    await settle()
    fake.calls.shift()
    await happen('online')
    await happen('pagehide', { persisted: false })
    expect([beacons, fake.calls]).toEqual([[], []])
  })
})

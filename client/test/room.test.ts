import { describe, expect, test, vi } from 'vitest'
import { ConflictError, ConnectionError, ForbiddenError, LimitError, Room, StoreError, UnauthorizedError } from 'session-store-client'
import { comment, end, entry, settle, snapshot, snapshotOf, update, type Fake } from './setup/fake.js'
import { fake, live, quiet } from './setup/room.js'

const KEYS = ['a', 'b', 'list', 'any']

describe('errors', () => {
  const of = async (answer: (call: ReturnType<Fake['take']>) => Promise<unknown>) => {
    const { room } = await live(KEYS)
    const set = quiet(room.set('a', 9))
    await settle()
    await answer(fake.take('PUT', '/store/a'))
    expect(room.get('a')).toBe(1)
    return set.then(() => undefined, error => error as StoreError)
  }

  test.each([
    [401, 'unauthorized', UnauthorizedError],
    [403, 'forbidden', ForbiddenError],
    [409, 'too_many_keys', LimitError],
    [412, 'precondition_failed', ConflictError],
    [413, 'value_too_large', LimitError],
    [400, 'invalid_request', StoreError],
    [500, 'internal', StoreError],
  ])('%d %s', async (status, code, kind) => {
    const error = await of(call => call.refuse(status, code))
    expect(error).toMatchObject({ constructor: kind, code, status })
    expect(error).toBeInstanceOf(StoreError)
  })

  test('when to try again', async () => {
    const error = await of(call => call.refuse(429, 'rate_limited', {}, { 'Retry-After': '7' }))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfter: 7, problem: { code: 'rate_limited' } })
  })

  test.each([
    ['no answer', (call: ReturnType<Fake['take']>) => call.fail(), 0],
    ['the answer of a proxy', (call: ReturnType<Fake['take']>) => call.answer('<html>', 502), 502],
    ['another answer of a proxy', (call: ReturnType<Fake['take']>) => call.answer({ message: 'no' }, 403), 403],
    ['null', (call: ReturnType<Fake['take']>) => call.answer(null, 500), 500],
  ])('%s', async (_, answer, status) => {
    expect(await of(answer)).toMatchObject({ constructor: ConnectionError, code: 'no_answer', status })
  })

  test('a listener that throws harms nobody', async () => {
    const { room, told, stream } = await live(KEYS)
    const faults: unknown[] = []
    const onFault = (fault: unknown) => faults.push(fault)
    process.on('unhandledRejection', onFault)
    room.subscribe('a', () => {
      throw new Error('mine')
    })
    const after = vi.fn()
    room.subscribe('a', after)
    await stream.send(update(entry('a', 2)))
    vi.useRealTimers()
    await vi.waitFor(() => expect(faults).toHaveLength(1))
    process.off('unhandledRejection', onFault)
    expect([room.status, told, after.mock.calls]).toEqual(['live', ['a=2@2'], [[2, entry('a', 2), 'a']]])
  })
})

describe('what is there', () => {
  test('entries of a pattern, by name', async () => {
    const { room } = await live(['hand.*', 'a'])
    expect(room.entries('hand.*')).toEqual([])
    void room.set('hand.ann', true)
    expect(room.entries('hand.*')).toEqual([])
    await settle()
    await fake.take('PUT', '/store/hand.ann').answer(entry('hand.ann', 3, true))
    expect(room.entries('*').map(({ key }) => key)).toEqual(['a', 'hand.ann'])
  })

  test('a listener of one key, of a prefix, and one that has stopped', async () => {
    const { room, stream } = await live(['hand.*', 'a'])
    const heard: string[] = []
    const stop = room.subscribe('a', value => heard.push(`a ${value}`))
    room.subscribe('hand.*', (value, _, key) => heard.push(`${key} ${value}`))
    await stream.send(update(entry('a', 2), entry('hand.ben', 2, true)))
    stop()
    stop()
    await stream.send(update(entry('a', 3)))
    expect(heard).toEqual(['a 2', 'hand.ben true'])
  })

  test('each event as it comes', async () => {
    const { room, stream } = await live(KEYS)
    const events: unknown[] = []
    room.on('event', event => events.push(event))
    await stream.send(comment, 'event: update\nid: s-2\ndata: {"revision":2}\n\n')
    expect(events).toEqual([{ event: 'update', id: 's-2', data: '{"revision":2}' }])
  })
})

describe('joining and leaving', () => {
  test('a write before the join waits for it', async () => {
    fake.answersJoins = false
    const room = new Room({ url: 'http://store', room: 'r', fetch: fake.fetch, token: 'old' })
    void room.observe(['a'])
    const set = room.set('a', 2)
    expect([room.get('a'), room.status, room.token]).toEqual([2, 'connecting', undefined])
    void room.connect()
    await settle()
    expect(fake.joins).toHaveLength(1)
    await fake.joins[0]!.answer(fake.joined)
    const put = fake.calls.find(({ method }) => method === 'PUT')!
    expect(put.headers.Authorization).toBe('Bearer ann.secret')
    await put.answer(entry('a', 3, 2))
    expect((await set)?.revision).toBe(3)
  })

  test('a write after the end is refused', async () => {
    const { room } = await live(KEYS)
    const left = room.leave()
    const set = quiet(room.set('a', 2))
    await settle()
    await fake.take('POST', '/leave').answer(undefined, 204)
    const put = fake.take('PUT', '/store/a')
    expect(put.headers.Authorization).toBeUndefined()
    await put.refuse(401, 'unauthorized')
    await expect(set).rejects.toBeInstanceOf(UnauthorizedError)
    await left
    expect(fake.joins).toHaveLength(1)
  })

  test('leaving twice is leaving once', async () => {
    const { room, stream } = await live(KEYS)
    const left = [room.leave(), room.leave()]
    await settle()
    expect([room.status, room.reason, stream.isAborted]).toEqual(['ended', 'left', true])
    await fake.take('POST', '/leave').answer(undefined, 204)
    await Promise.all(left)
    expect(fake.calls).toEqual([])
  })

  test('leaving never rejects', async () => {
    const { room } = await live(KEYS)
    const left = room.leave()
    await fake.take('POST', '/leave').fail()
    await left
  })

  test('whoever leaves while the join is on its way does not come in', async () => {
    fake.answersJoins = false
    const room = new Room({ url: 'http://store', room: 'r', fetch: fake.fetch })
    void room.connect()
    void room.leave()
    await fake.joins[0]!.answer(fake.joined)
    expect(fake.take('POST', '/leave').headers.Authorization).toBe('Bearer ann.secret')
    expect([room.status, room.token, fake.calls]).toEqual(['ended', undefined, []])
  })

  test('whoever comes back while the join is on its way comes in by it', async () => {
    fake.answersJoins = false
    const room = new Room({ url: 'http://store', room: 'r', fetch: fake.fetch })
    void room.connect()
    void room.leave()
    const connected = room.connect()
    await fake.joins[0]!.answer(fake.joined)
    await connected
    await settle()
    await fake.observe.open(snapshot(1))
    expect([room.status, fake.joins.length, fake.calls]).toEqual(['live', 1, []])
  })

  test('a write of a session that is over is not done to the next one', async () => {
    const { room, told, stream } = await live(KEYS, { rejoin: true })
    const first = quiet(room.set('a', 7))
    const second = quiet(room.set('a', 8))
    await settle()
    const put = fake.take('PUT', '/store/a')
    await stream.send(end('timeout'))
    fake.session = 's2'
    fake.peer = 'ann2'
    await vi.advanceTimersByTimeAsync(1000)
    await fake.observe.open(snapshotOf('s2', 2, entry('a', 1, 'new')))
    expect(room.get('a')).toBe('new')
    await put.answer(entry('a', 70, 7)) // it was done, in the session that is over
    await first
    expect(room.get('a')).toBe('new')
    const late = fake.take('PUT', '/store/a')
    expect(late.headers.Authorization).toBe('Bearer ann.secret')
    await late.refuse(401, 'unauthorized')
    await expect(second).rejects.toBeInstanceOf(UnauthorizedError)
    expect(told).toEqual(['a=7@1', 'a=8@1', 'stale', 'a=undefined@undefined', 'a="new"@1', 'live'])
  })
})

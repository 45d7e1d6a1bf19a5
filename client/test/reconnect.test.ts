import { describe, expect, test, vi } from 'vitest'
import { comment, entry, settle, snapshot, update } from './setup/fake.js'
import { fake, live } from './setup/room.js'

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

import { describe, expect, test, vi } from 'vitest'
import { comment, entry, peers, removal, settle, snapshot, update } from './setup/fake.js'
import { fake, join, live } from './setup/room.js'

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

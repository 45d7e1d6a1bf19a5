import { describe, expect, test, vi } from 'vitest'
import { ConflictError, ConnectionError, ForbiddenError, LimitError } from 'session-store-client'
import { entry, removal, settle, update } from './setup/fake.js'
import { fake, live, quiet } from './setup/room.js'

const KEYS = ['a', 'b', 'list', 'any']

describe('set', () => {
  test('shows the value at once, and gives the entry', async () => {
    const { room, told } = await live(KEYS)
    const set = room.set('a', 2, { ttl: 30, ephemeral: true })
    expect([room.get('a'), room.entry('a')?.value]).toEqual([2, 1])
    await settle()
    const put = fake.take('PUT', '/store/a')
    expect([put.body, put.headers]).toEqual([
      { value: 2, ttl: 30, ephemeral: true },
      { Authorization: 'Bearer ann.secret', 'Content-Type': 'application/json' },
    ])
    await put.answer(entry('a', 2))
    expect(await set).toEqual(entry('a', 2))
    expect(told).toEqual(['a=2@1', 'a=2@2'])
  })

  test('without a value removes the key', async () => {
    const { room, told, stream } = await live(KEYS)
    const set = room.set('a')
    expect(room.get('a')).toBeUndefined()
    await settle()
    const patch = fake.take('PATCH', '/store')
    expect(patch.body).toEqual({ set: {}, remove: ['a'] })
    await patch.answer({ session: 's', revision: 2 })
    expect(await set).toBeUndefined()
    await stream.send(removal('a', 2))
    expect(told).toEqual(['a=undefined@1', 'a=undefined@undefined'])
  })

  test.each([
    ['a value that JSON leaves out removes the key', () => undefined, { set: {}, remove: ['any'] }],
    ['null is a value', () => null, { value: null }],
    ['what is shown is what the others will see', () => ({ at: new Date(0), none: undefined, nan: NaN }), { value: { at: '1970-01-01T00:00:00.000Z', nan: null } }],
  ])('%s', async (_, value, body) => {
    const { room } = await live(KEYS)
    const set = quiet(room.set('any', value()))
    expect(room.get('any')).toEqual('value' in body ? body.value : undefined)
    await settle()
    expect(fake.calls[0]!.body).toEqual(body)
    void set
  })

  test('whoever changes the original changes nothing', async () => {
    const { room } = await live(KEYS)
    const list = [1]
    void quiet(room.set('list', list))
    list.push(2)
    expect(room.get('list')).toEqual([1])
    await settle()
    expect(fake.calls[0]!.body).toEqual({ value: [1] })
  })

  test('takes the value back when it is refused: to what the server says now', async () => {
    const { room, told, stream } = await live(KEYS)
    const set = quiet(room.set('a', 9))
    await stream.send(update(entry('a', 2)))
    await fake.take('PUT', '/store/a').refuse(409, 'store_full', { limit: 10, actual: 12 })
    await expect(set).rejects.toMatchObject({ constructor: LimitError, code: 'store_full', status: 409, limit: 10, actual: 12, message: 'refused with store_full' })
    expect(told).toEqual(['a=9@1', 'a=9@2', 'a=2@2'])
  })

  test('a late answer does not overwrite a newer value', async () => {
    const { room, told, stream } = await live(KEYS)
    const set = room.set('a', 2)
    await settle()
    const put = fake.take('PUT', '/store/a')
    await stream.send(update(entry('a', 2)), update(entry('a', 3)))
    await put.answer(entry('a', 2))
    expect((await set)?.revision).toBe(2)
    expect([room.get('a'), told]).toEqual([3, ['a=2@1', 'a=2@2', 'a=2@3', 'a=3@3']])
  })

  test('those of one key go one after the other, and the last one is shown', async () => {
    const { room, told } = await live(KEYS)
    const first = quiet(room.set('a', 2))
    const second = quiet(room.set('a', 3))
    const other = quiet(room.set('b', 1))
    await settle()
    const put = fake.take('PUT', '/store/a')
    await fake.take('PUT', '/store/b').answer(entry('b', 2, 1))
    expect(fake.calls).toEqual([])
    await put.refuse(403, 'forbidden')
    await expect(first).rejects.toBeInstanceOf(ForbiddenError)
    expect(room.get('a')).toBe(3)
    await fake.take('PUT', '/store/a').answer(entry('a', 3))
    expect((await second)?.value).toBe(3)
    expect((await other)?.value).toBe(1)
    expect(told).toEqual(['a=2@1', 'a=3@1', 'b=1@undefined', 'b=1@2', 'a=3@3'])
  })

  test('conditions', async () => {
    const { room } = await live(KEYS)
    expect([room.position('a'), room.position('b')]).toEqual(['s-1', null])
    for (const key of ['a', 'b'] as const) void quiet(room.set(key, 2, { ifPosition: room.position(key) }))
    void quiet(room.set('list', [], { ifPosition: '*' }))
    await settle()
    const sent = fake.calls.map(({ headers }) => [headers['If-Match'], headers['If-None-Match']])
    expect(sent).toEqual([['"s-1"', undefined], [undefined, '*'], ['*', undefined]])
    await fake.take('PUT', '/store/a').refuse(412, 'precondition_failed', { current: entry('a', 7) })
  })

  test('a conflict carries the entry as it is', async () => {
    const { room } = await live(KEYS)
    const [set, lock] = [quiet(room.set('a', 2, { ifPosition: 's-0' })), quiet(room.set('b', 2, { ifPosition: '*' }))]
    await settle()
    await fake.take('PUT', '/store/a').refuse(412, 'precondition_failed', { current: entry('a', 7) })
    await fake.take('PUT', '/store/b').refuse(412, 'precondition_failed', { current: null })
    await expect(set).rejects.toMatchObject({ constructor: ConflictError, current: entry('a', 7) })
    await expect(lock).rejects.toMatchObject({ constructor: ConflictError, current: null })
  })

  test('what JSON cannot say is refused, and nothing is shown', async () => {
    const { room } = await live(KEYS)
    await expect(room.set('any', 1n)).rejects.toBeInstanceOf(TypeError)
    expect(room.get('any')).toBeUndefined()
  })

  test('of a key that is not observed works, and shows nothing', async () => {
    const { room, told } = await live(KEYS)
    const set = room.set('hand.ann', true)
    expect(room.get('hand.ann')).toBeUndefined()
    await settle()
    await fake.take('PUT', '/store/hand.ann').answer(entry('hand.ann', 2, true))
    expect((await set)?.value).toBe(true)
    expect([room.get('hand.ann'), told]).toEqual([undefined, []])
  })

  test('keys are encoded', async () => {
    const { room } = await live(KEYS)
    void quiet(room.set('hand.a/b é', true))
    await settle()
    expect(fake.calls[0]!.url.pathname).toBe('/rooms/r/store/hand.a%2Fb%20%C3%A9')
  })

  test('while the stream is cut', async () => {
    const { room, told, stream } = await live(KEYS)
    await stream.cut()
    const set = room.set('a', 2)
    await settle()
    await fake.take('PUT', '/store/a').answer(entry('a', 4, 2))
    await set
    await vi.advanceTimersByTimeAsync(1000)
    await fake.observe.open(update(entry('a', 4, 2)))
    expect(told).toEqual(['stale', 'a=2@1', 'a=2@4', 'live'])
  })
})

describe('patch', () => {
  test('all or nothing, shown at once and until the stream has it', async () => {
    const { room, told, stream } = await live(KEYS)
    const patch = room.patch({ a: undefined, b: 5, list: [1] })
    expect([room.get('a'), room.get('b'), room.get('list')]).toEqual([undefined, 5, [1]])
    await settle()
    const call = fake.take('PATCH', '/store')
    expect(call.body).toEqual({ set: { b: 5, list: [1] }, remove: ['a'] })
    await call.answer({ session: 's', revision: 3 })
    expect(await patch).toBeUndefined()
    await stream.send(update(entry('b', 2)))
    expect(room.get('b')).toBe(5)
    told.splice(0)
    await stream.send(update(entry('b', 3, 5), entry('list', 3, [1])), removal('a', 3), update(entry('b', 4)))
    expect(told).toEqual(['b=5@3', 'list=[1]@3', 'a=undefined@undefined', 'b=4@4'])
  })

  test('of one key is a PUT, of none is refused by the server', async () => {
    const { room } = await live(KEYS)
    void quiet(room.patch({ a: 2 }))
    void quiet(room.patch({}))
    await settle()
    expect(fake.calls.map(({ method }) => method).sort()).toEqual(['PATCH', 'PUT'])
  })

  test('waits for the writes of each of its keys, and they for it', async () => {
    const { room } = await live(KEYS)
    void quiet(room.set('a', 2))
    void quiet(room.patch({ a: 3, b: 3 }))
    void quiet(room.set('b', 4))
    await settle()
    await fake.take('PUT', '/store/a').answer(entry('a', 2))
    expect(fake.calls).toHaveLength(1)
    await fake.take('PATCH', '/store').answer({ session: 's', revision: 3 })
    expect(fake.take('PUT', '/store/b').body).toEqual({ value: 4 })
    expect([room.get('a'), room.get('b')]).toEqual([3, 4])
  })

  test('refused, it is taken back', async () => {
    const { room } = await live(KEYS)
    const patch = quiet(room.patch({ a: undefined, b: 3 }))
    await settle()
    await fake.take('PATCH', '/store').refuse(403, 'forbidden')
    await expect(patch).rejects.toBeInstanceOf(ForbiddenError)
    expect([room.get('a'), room.get('b')]).toEqual([1, undefined])
  })
})

describe('update', () => {
  test('is tried again with the newer entry', async () => {
    const { room, told } = await live(KEYS)
    const become = vi.fn((n?: number) => (n ?? 0) + 1)
    const done = room.update('a', become)
    await settle()
    const first = fake.take('PUT', '/store/a')
    expect([first.headers['If-Match'], first.body]).toEqual(['"s-1"', { value: 2 }])
    await first.refuse(412, 'precondition_failed', { current: entry('a', 5, 50) })
    await vi.advanceTimersByTimeAsync(50)
    const second = fake.take('PUT', '/store/a')
    expect([second.headers['If-Match'], second.body]).toEqual(['"s-5"', { value: 51 }])
    await second.refuse(412, 'precondition_failed', { current: null })
    await vi.advanceTimersByTimeAsync(100)
    const third = fake.take('PUT', '/store/a')
    expect([third.headers['If-None-Match'], third.body]).toEqual(['*', { value: 1 }])
    await third.answer(entry('a', 7, 1), 201)
    expect((await done)?.revision).toBe(7)
    expect(become.mock.calls).toEqual([[1], [50], [undefined]])
    expect(told.at(-1)).toBe('a=1@7')
  })

  test('of a key that is not observed it learns from the refusal', async () => {
    const { room } = await live(['b'])
    const done = room.update('a', (n = 0) => n + 1)
    await settle()
    const first = fake.take('PUT', '/store/a')
    expect(first.headers['If-None-Match']).toBe('*')
    await first.refuse(412, 'precondition_failed', { current: entry('a', 5, 50) })
    await vi.advanceTimersByTimeAsync(50)
    await fake.take('PUT', '/store/a').answer(entry('a', 6, 51))
    expect((await done)?.value).toBe(51)
  })

  test('begins with what the writes before it have left', async () => {
    const { room } = await live(KEYS)
    void room.set('list', [1])
    const done = room.update('list', (list = []) => [...list, 2])
    await settle()
    await fake.take('PUT', '/store/list').answer(entry('list', 2, [1]))
    const put = fake.take('PUT', '/store/list')
    expect([put.headers['If-Match'], put.body]).toEqual(['"s-2"', { value: [1, 2] }])
    await put.answer(entry('list', 3, [1, 2]))
    expect((await done)?.value).toEqual([1, 2])
  })

  test('to undefined removes', async () => {
    const { room } = await live(KEYS)
    void quiet(room.update('a', () => undefined))
    await settle()
    const patch = fake.take('PATCH', '/store')
    expect([patch.body, patch.headers['If-Match']]).toEqual([{ set: {}, remove: ['a'] }, '"s-1"'])
  })

  test('what is not a conflict ends it', async () => {
    const { room } = await live(KEYS)
    const done = quiet(room.update('a', () => 2))
    await settle()
    await fake.take('PUT', '/store/a').fail()
    await expect(done).rejects.toBeInstanceOf(ConnectionError)
    const thrown = quiet(room.update('a', () => { throw new Error('mine') }))
    await settle()
    await expect(thrown).rejects.toThrow('mine')
    expect([room.get('a'), fake.calls]).toEqual([1, []])
  })
})

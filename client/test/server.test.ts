// Against the built program: what the fake cannot know.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { joinRoom, type Room, type StoreError } from 'session-store-client'
import { newRoom, sign, start, startAt, until, Wire } from './setup/server.js'

const SECRET = 'a secret of thirty-two bytes or more'
const GONE = '?access_token='

let open: Awaited<ReturnType<typeof start>>
let closed: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  ;[open, closed] = await Promise.all([start(), start('--join-secret', SECRET)])
})
afterAll(() => Promise.all([open?.stop(), closed?.stop()]))

interface Store {
  pinnedMessage: string
  spotlight: string
  usefulLinks: string[]
}

const enter = (room: string, name: string, more = {}) => joinRoom<Store>({ url: open.url, room, name, ...more })
const shows = (room: Room<any>, key: string, value: unknown) => until(() => JSON.stringify(room.get(key)) === JSON.stringify(value))
const names = (room: Room<any>) => room.peers.map(({ name }) => name)

test('the first example', async () => {
  const name = newRoom()
  const room = await enter(name, 'Ann')
  const ben = await enter(name, 'Ben')
  await room.observe(['pinnedMessage', 'spotlight'])
  await ben.observe(['spotlight', 'usefulLinks'])
  await room.set('spotlight', 'track')
  await shows(ben, 'spotlight', 'track')
  await Promise.all([room, ben, room, ben].map((peer, i) => peer.update('usefulLinks', links => [...(links ?? []), `${i}`])))
  await until(() => ben.get('usefulLinks')?.length === 4)
  expect([...ben.get('usefulLinks')!].sort()).toEqual(['0', '1', '2', '3'])
  await room.patch({ spotlight: 'other', pinnedMessage: undefined })
  await shows(ben, 'spotlight', 'other')
  expect(ben.entry('spotlight')?.updated_by).toBe(room.peer?.id)
  await room.set('spotlight')
  await until(() => ben.get('spotlight') === undefined)
  await Promise.all([room.leave(), ben.leave()])
  expect(ben.status).toBe('ended')
})

test('what the server refuses', async () => {
  const room = await enter(newRoom(), 'Ann')
  await room.observe(['pinnedMessage'])
  const refused = (promise: Promise<unknown>) => promise.then(() => 'done', (error: StoreError) => `${error.code} ${error.status} ${error.limit} ${error.actual}`)
  expect(await refused(room.set('pinnedMessage', 'x'.repeat(2000)))).toBe('value_too_large 413 1024 2002')
  expect(await refused(room.set('pinnedMessage', 'a', { ttl: -1 }))).toBe('invalid_request 400 undefined undefined')
  expect(await refused(room.set('pinnedMessage', 'a', { ifPosition: '*' }))).toBe('precondition_failed 412 undefined undefined')
  expect(await refused(room.patch({}))).toBe('invalid_request 400 undefined undefined')
  expect(room.get('pinnedMessage')).toBeUndefined()
  expect(await refused(joinRoom({ url: open.url, room: 'no such name' }))).toBe('invalid_request 400 undefined undefined')
  expect(await refused(joinRoom({ url: 'http://127.0.0.1:1', room: 'r' }))).toBe('no_answer 0 undefined undefined')
  await room.leave()
})

test('a lock, and an entry that goes by itself', async () => {
  const name = newRoom()
  const [ann, ben] = await Promise.all([enter(name, 'Ann'), enter(name, 'Ben')])
  await Promise.all([ann.observe(['*']), ben.observe(['*'])])
  const lock = (room: Room<Store>) => room.set('spotlight', 'mine', { ifPosition: null, ephemeral: true }).then(() => true, () => false)
  expect((await Promise.all([lock(ann), lock(ben)])).filter(Boolean)).toHaveLength(1)
  await ann.set('pinnedMessage', 'soon gone', { ttl: 2 })
  await until(() => ben.entry('pinnedMessage')?.expires_at)
  await until(() => !ben.entry('pinnedMessage'))
  await ann.leave()
  await ben.leave()
})

test('peers', async () => {
  const name = newRoom()
  const ann = await enter(name, 'Ann')
  const stop = ann.on('peers', () => {})
  await until(() => names(ann).join() === 'Ann')
  const ben = await enter(name, 'Ben')
  await until(() => names(ann).join() === 'Ann,Ben')
  await ben.leave()
  await until(() => names(ann).join() === 'Ann')
  stop()
  await until(() => ann.peers.length === 0)
  await ann.leave()
})

test('an old token is the same peer again, a dead one another', async () => {
  const name = newRoom()
  const ann = await enter(name, 'Ann')
  ann.disconnect()
  const again = await enter(name, 'Ann', { token: ann.token })
  expect(again.peer!.id).toBe(ann.peer!.id)
  await again.leave()
  const other = await enter(name, 'Ann', { token: ann.token })
  expect(other.peer!.id).not.toBe(ann.peer!.id)
  await other.leave()
})

test('away for too long: ended, or back as another peer', async () => {
  const quick = await start('--peer-timeout', '3s')
  const name = newRoom()
  const keeper = await enter(name, 'Keeper', { url: quick.url })
  await keeper.observe(['spotlight'])
  const wires = await Promise.all([Wire.to(quick.url), Wire.to(quick.url)])
  const [ann, ben] = await Promise.all(wires.map((wire, i) => joinRoom<Store>({ url: wire.url, room: name, rejoin: i === 1 })))
  await Promise.all([ann!.observe(['spotlight']), ben!.observe(['spotlight'])])
  const before = ben!.peer!.id
  keeper.on('peers', () => {})
  await until(() => keeper.peers.length === 3)
  await Promise.all(wires.map(wire => wire.close()))
  await until(() => keeper.peers.length === 1)
  await keeper.set('spotlight', 'meanwhile')
  await Promise.all(wires.map(wire => wire.restore()))
  await until(() => ann!.status === 'ended' && ben!.status === 'live')
  expect([ann!.reason, ben!.get('spotlight'), ben!.peer!.id === before]).toEqual(['timeout', 'meanwhile', false])
  await Promise.all([keeper.leave(), ben!.leave()])
  await Promise.all(wires.map(wire => wire.close()))
  await quick.stop()
})

test.each(['SIGTERM', 'SIGKILL'] as const)('a server that keeps its sessions over a restart, by %s', async signal => {
  const folder = mkdtempSync(join(tmpdir(), 'client-data-'))
  const before = await start('--data', folder)
  const [room, other] = await Promise.all(['Ann', 'Ben'].map(name => joinRoom<Store>({ url: before.url, room: 'standup', name })))
  await Promise.all([room!.observe(['spotlight']), other!.observe(['spotlight'])])
  await room!.set('spotlight', 'before')
  const heard: unknown[] = []
  other!.subscribe('spotlight', value => heard.push(value))
  await until(() => other!.get('spotlight') === 'before')
  heard.splice(0)
  await before.stop(signal)
  await until(() => other!.status === 'stale')
  await expect(room!.set('spotlight', 'meanwhile')).rejects.toMatchObject({ code: 'no_answer' })
  const after = await startAt(before.url, '--data', folder)
  await room!.update('spotlight', value => `${value} and after`)
  await until(() => other!.status === 'live' && room!.status === 'live')
  await until(() => other!.get('spotlight') === 'before and after')
  expect(heard).toEqual(['before and after'])
  await Promise.all([room!.leave(), other!.leave()])
  await after.stop()
  rmSync(folder, { recursive: true })
})

test('a server that begins anew', async () => {
  const wire = await Wire.to(open.url)
  const name = newRoom()
  const room = await joinRoom<Store>({ url: wire.url, room: name, rejoin: true })
  await room.observe(['spotlight'])
  for (let i = 0; i < 5; i++) await room.set('spotlight', `${i}`)
  const session = room.joined!.session
  await wire.close()
  await fetch(`${open.url}/rooms/${name}/leave${GONE}${room.token}`, { method: 'POST' })
  await wire.restore()
  await until(() => room.status === 'live' && room.joined!.session !== session)
  expect(room.get('spotlight')).toBeUndefined()
  await room.set('spotlight', 'new')
  expect(room.entry('spotlight')?.revision).toBe(1)
  await room.leave()
  await wire.close()
})

describe('with JWTs', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const jwt = (claims: object) => sign({ exp: now() + 60, room: '*', ...claims }, SECRET)

  test('what may not be read is as if it were not there; writing it is forbidden', async () => {
    const name = newRoom()
    const teacher = await joinRoom({ url: closed.url, room: name, joinToken: jwt({ name: 'Teacher' }) })
    await teacher.patch({ 'teacher.notes': 1, board: 2 })
    const pupil = await joinRoom({ url: closed.url, room: name, joinToken: jwt({ name: 'Pupil', grants: { read: ['board', 'hand.*'], write: ['hand.{peer}'] } }) })
    await pupil.observe(['teacher.notes', 'board', 'hand.*'])
    expect([pupil.get('teacher.notes'), pupil.get('board')]).toEqual([undefined, 2])
    await expect(pupil.set('board', 3)).rejects.toMatchObject({ code: 'forbidden' })
    expect(pupil.get('board')).toBe(2)
    await pupil.set(`hand.${pupil.peer!.id}`, true)
    await teacher.set('board', 4)
    await shows(pupil, 'board', 4)
    expect(pupil.entries('*').map(({ key }) => key)).toEqual(['board', `hand.${pupil.peer!.id}`])
    await Promise.all([teacher.leave(), pupil.leave()])
  })

  test('when the JWT has ended, a fresh one is fetched', async () => {
    const name = newRoom()
    let asked = 0
    const joinToken = async () => jwt({ exp: now() + (asked++ ? 60 : 5) })
    const room = await joinRoom<Store>({ url: closed.url, room: name, joinToken })
    const keeper = await joinRoom<Store>({ url: closed.url, room: name, joinToken: jwt({}) })
    await room.observe(['spotlight'])
    const seen: string[] = []
    room.on('status', status => seen.push(status))
    await until(() => asked === 2 && room.status === 'live')
    await keeper.set('spotlight', 'on')
    await shows(room, 'spotlight', 'on')
    expect(seen).toEqual(['stale', 'live'])
    await Promise.all([room.leave(), keeper.leave()])
  })

  test('a peer that is renewed before that stays who it is, and sees what its new grants let it see', async () => {
    const name = newRoom()
    const keeper = await joinRoom({ url: closed.url, room: name, joinToken: jwt({}) })
    await keeper.patch({ a: 1, b: 2 })
    const room = await joinRoom({ url: closed.url, room: name, joinToken: jwt({ grants: { read: ['a'] } }) })
    await room.observe(['*'])
    expect(room.entries('*').map(({ key }) => key)).toEqual(['a'])
    const renewed = await joinRoom({ url: closed.url, room: name, joinToken: jwt({ grants: { read: ['b'] } }), token: room.token })
    expect(renewed.peer!.id).toBe(room.peer!.id)
    await until(() => room.entries('*').map(({ key }) => key).join() === 'b')
    await joinRoom({ url: closed.url, room: name, joinToken: jwt({}), token: room.token })
    await until(() => room.entries('*').map(({ key }) => key).join() === 'a,b')
    await Promise.all([keeper.leave(), room.leave()])
  })

  test('without one', async () => {
    await expect(joinRoom({ url: closed.url, room: newRoom() })).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

// The names of the original without React.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  HMSReactiveStore, selectIsConnectedToRoom, selectLocalPeer, selectPeerNameByID, selectPeers, selectSessionStore,
} from 'session-store-client/hms'
import { newRoom, start, until } from './setup/server.js'

interface SessionStore {
  pinnedMessage: string
  spotlight: string
  usefulLinks: string[]
}

let server: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  server = await start()
})
afterAll(() => server?.stop())

function newStore(room: string) {
  const hms = new HMSReactiveStore<{ sessionStore: SessionStore }>({ url: server.url, room })
  hms.triggerOnSubscribe()
  return { hmsActions: hms.getActions(), hmsStore: hms.getStore() }
}

test('the usage of its documentation', async () => {
  const room = newRoom()
  const [ann, ben] = [newStore(room), newStore(room)]
  await ann.hmsActions.sessionStore.observe(['pinnedMessage', 'spotlight']) // before the join too
  await ann.hmsActions.join({ userName: 'Ann' })
  await ben.hmsActions.join({ userName: 'Ben' })
  expect([ann, ben].map(({ hmsStore }) => hmsStore.getState(selectIsConnectedToRoom))).toEqual([true, true])

  const heard: unknown[] = []
  const stop = ann.hmsStore.subscribe(value => heard.push(value), selectSessionStore('spotlight'))
  await ben.hmsActions.sessionStore.set('spotlight', 'track')
  await until(() => ann.hmsStore.getState(selectSessionStore('spotlight')) === 'track')
  await ben.hmsActions.sessionStore.set('pinnedMessage', 'hello')
  await until(() => ann.hmsStore.getState().sessionStore.pinnedMessage === 'hello')
  await ben.hmsActions.sessionStore.set('spotlight')
  await until(() => heard.length === 2)
  expect(heard).toEqual(['track', undefined])
  stop()

  await until(() => ann.hmsStore.getState(selectPeers).length === 2)
  const [, peer] = ann.hmsStore.getState(selectPeers)
  expect(peer).toMatchObject({ name: 'Ben', isLocal: false, roleName: '' })
  expect(ann.hmsStore.getState(selectPeerNameByID(peer!.id))).toBe('Ben')
  expect(ann.hmsStore.getState(selectPeerNameByID())).toBeUndefined()
  expect(ann.hmsStore.getState(selectLocalPeer)).toMatchObject({ name: 'Ann', isLocal: true })

  await ann.hmsActions.sessionStore.unobserve('pinnedMessage' as const)
  await until(() => ann.hmsStore.getState(selectSessionStore('pinnedMessage')) === undefined)
  await Promise.all([ann.hmsActions.leave(), ben.hmsActions.leave()])
  expect(ann.hmsStore.getState(selectIsConnectedToRoom)).toBe(false)
})

test('what wants a room says so', async () => {
  const { hmsActions } = newStore(newRoom())
  await expect(hmsActions.sessionStore.set('spotlight', 'x')).rejects.toThrow('join first')
  await expect(new HMSReactiveStore().getActions().join()).rejects.toThrow('the name of a room')
  await hmsActions.leave()
})

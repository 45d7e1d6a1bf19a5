// What does not compile. `npm run check` reads it; nothing here runs.
import { joinRoom, Room, type Entry, type Position } from 'session-store-client'
import { hooksFor, useValue } from 'session-store-client/react'
import { HMSReactiveStore, selectPeerNameByID, selectPeers, selectSessionStore } from 'session-store-client/hms'

interface Store {
  pinnedMessage: string
  spotlight: string
  usefulLinks: string[]
  [hand: `hand.${string}`]: boolean
}
declare const is: <T>(value: T) => void

export async function core() {
  const room = await joinRoom<Store>({ url: '', room: 'standup', name: 'Ann', joinToken: async () => 'jwt' })
  is<Room<Store>>(room)
  await room.observe(['pinnedMessage', 'hand.*', '*', 'hand.ann'])
  // @ts-expect-error no such key
  void room.observe(['pinned'])
  // @ts-expect-error keys are a list
  void room.observe('pinnedMessage')

  is<string | undefined>(room.get('spotlight'))
  is<boolean | undefined>(room.get('hand.ann'))
  // @ts-expect-error there may be none
  is<string>(room.get('spotlight'))
  // @ts-expect-error no such key
  room.get('spot')

  await room.set('spotlight', 'track', { ttl: 30, ephemeral: true, ifPosition: room.position('spotlight') })
  await room.set('spotlight')
  await room.set('spotlight', undefined, { ifPosition: '*' })
  is<Entry<string> | undefined>(await room.set('spotlight', 'track'))
  // @ts-expect-error a wrong value
  void room.set('spotlight', 1)
  // @ts-expect-error a wrong value
  void room.set('spotlight', null)
  // @ts-expect-error a wrong key
  void room.set('spot', 'track')
  // @ts-expect-error no such option
  void room.set('spotlight', 'track', { ttk: 30 })

  await room.update('usefulLinks', links => [...(links ?? []), 'url'])
  await room.update('usefulLinks', () => undefined)
  // @ts-expect-error there may be none
  void room.update('usefulLinks', links => [...links])
  // @ts-expect-error a wrong value
  void room.update('usefulLinks', () => 'url')
  // @ts-expect-error the condition is its own
  void room.update('usefulLinks', () => [], { ifPosition: null })

  await room.patch({ spotlight: 'id', pinnedMessage: undefined, 'hand.ann': true })
  // @ts-expect-error a wrong value
  void room.patch({ spotlight: 1 })
  // @ts-expect-error a wrong key
  void room.patch({ spot: 'id' })

  is<Position | null>(room.position('spotlight'))
  is<string | undefined>(room.entry('spotlight')?.value)
  room.subscribe('usefulLinks', (value, entry) => {
    is<string[] | undefined>(value)
    is<Entry<string[]> | undefined>(entry)
  })
  room.subscribe('hand.*', (value, _, key) => {
    is<string | string[] | boolean | undefined>(value)
    is<string>(key)
  })
  room.on('status', status => is<'connecting' | 'live' | 'stale' | 'ended'>(status))
  room.on('peers', peers => is<string | undefined>(peers[0]?.name))
  // @ts-expect-error no such happening
  room.on('close', () => {})
  // @ts-expect-error the server says it
  room.status = 'live'

  const untyped = new Room({ url: '', room: 'standup' })
  await untyped.set('anything', { at: 'all' })
  is<unknown>(untyped.get('anything'))
  // @ts-expect-error a room has a name
  void joinRoom({ url: '' })
}

export function React() {
  const hooks = hooksFor<Store>()
  is<string | undefined>(hooks.useValue('spotlight'))
  is<Entry<string[]> | undefined>(hooks.useEntry('usefulLinks'))
  is<Room<Store>>(hooks.useRoom())
  // @ts-expect-error no such key
  hooks.useValue('spot')
  is<string | undefined>(useValue<string>('spotlight'))
}

export async function hms() {
  const store = new HMSReactiveStore<{ sessionStore: Store }>()
  const hmsActions = store.getActions()
  const hmsStore = store.getStore()
  await hmsActions.sessionStore.observe(['pinnedMessage', 'spotlight'])
  await hmsActions.sessionStore.set('spotlight', 'track')
  await hmsActions.sessionStore.set('spotlight')
  // @ts-expect-error a wrong key
  void hmsActions.sessionStore.observe(['pinned'])
  // @ts-expect-error a wrong value
  void hmsActions.sessionStore.set('spotlight', 1)
  is<string | undefined>(hmsStore.getState(selectSessionStore('spotlight')))
  hmsStore.subscribe((links: string[] | undefined) => is(links), selectSessionStore('usefulLinks'))
  // @ts-expect-error a wrong value
  hmsStore.subscribe((links: string | undefined) => is(links), selectSessionStore('usefulLinks'))
  is<string | undefined>(hmsStore.getState(selectPeerNameByID('ann')))
  is<number>(hmsStore.getState(selectPeers).length)
  // @ts-expect-error a wrong key is no string
  is<string>(hmsStore.getState(selectSessionStore('spot')))
}

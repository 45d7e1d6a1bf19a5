/**
 * The session store under the names of 100ms, so that components written for it run with another import line.
 *
 *	hmsActions.join, sessionStore.set, observe ──▶ Room ──▶ what has changed ──▶ HMSState ──▶ selectors, hooks
 *
 * Tracks, messages and roles are not here: this is the store and who is in the room.
 */

import { createContext, createElement, useContext, useState, useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { Room, type JoinOptions, type Key, type Peer } from './index.js'

/** What a store is typed by: `HMSReactiveStore<{ sessionStore: Store }>`. */
export interface HMSGenericTypes {
  sessionStore: object
}

type AnyTypes = { sessionStore: Record<string, any> }

export interface HMSPeer {
  id: string
  name: string
  roleName: string
  joinedAt: Date
  isLocal: boolean
}

/** What selectors select from. */
export interface HMSState<S = Record<string, any>> {
  readonly room: { readonly isConnected: boolean }
  readonly localPeer: string
  readonly peers: readonly HMSPeer[]
  /** The values of the observed keys, each read when it is asked for. */
  readonly sessionStore: Readonly<Partial<S>>
}

/** How to join: `authToken` is the JWT of your application, where the server wants one. */
export interface HMSConfig extends Partial<Omit<JoinOptions, 'name' | 'joinToken'>> {
  userName?: string
  authToken?: JoinOptions['joinToken']
}

export interface HMSSessionStore<S extends object> {
  /** set resolves when the server has it; without a value it removes the key. */
  set<K extends Key<S>>(key: K, value?: S[K]): Promise<void>
  observe(keys: Key<S> | readonly Key<S>[]): Promise<void>
  unobserve(keys: Key<S> | readonly Key<S>[]): Promise<void>
}

export interface HMSActions<S extends object> {
  join(config?: HMSConfig): Promise<void>
  leave(): Promise<void>
  readonly sessionStore: HMSSessionStore<S>
}

export interface HMSStore<S> {
  getState(): HMSState<S>
  getState<R>(selector: (state: HMSState<S>) => R): R
  /** subscribe calls when what a selector selects has become another. */
  subscribe<R>(listener: (selected: R, before: R) => void, selector: (state: HMSState<S>) => R): () => void
}

const NOBODY: readonly HMSPeer[] = []
const list = <T>(keys: T | readonly T[]) => (Array.isArray(keys) ? keys : [keys]) as readonly T[]

/** HMSReactiveStore is one room, from before it is joined. */
export class HMSReactiveStore<T extends HMSGenericTypes = AnyTypes> {
  #room: Room<any> | undefined
  /** What was observed before there was a room. */
  #observed: string[] = []
  #peers: readonly HMSPeer[] = NOBODY
  readonly #listeners = new Set<() => void>()
  readonly #state: HMSState<T['sessionStore']>
  readonly #actions: HMSActions<T['sessionStore']>
  readonly #store: HMSStore<T['sessionStore']>

  /** config is the default of what join is told. */
  constructor(config: HMSConfig = {}) {
    this.#state = this.#newState()
    this.#actions = this.#newActions(config)
    this.#store = this.#newStore()
  }

  getActions(): HMSActions<T['sessionStore']> {
    return this.#actions
  }

  getStore(): HMSStore<T['sessionStore']> {
    return this.#store
  }

  /** Nothing has to be triggered here. */
  triggerOnSubscribe(): void {}

  #newState(): HMSState<T['sessionStore']> {
    const room = () => this.#room
    const peers = () => this.#peers
    return {
      room: {
        get isConnected() {
          return !!room()?.joined && room()!.status !== 'ended'
        },
      },
      get localPeer() {
        return room()?.peer?.id ?? ''
      },
      get peers() {
        return peers()
      },
      sessionStore: new Proxy({} as Partial<T['sessionStore']>, { get: (_, key) => room()?.get(key as string) }),
    }
  }

  #newActions(defaults: HMSConfig): HMSActions<T['sessionStore']> {
    return {
      join: async config => this.#join({ ...defaults, ...config }),
      leave: async () => this.#room?.leave(),
      sessionStore: {
        set: async (key, value) => {
          if (!this.#room) throw new Error('set wants a room: join first')
          await this.#room.set(key, value)
        },
        observe: async keys => {
          this.#observed.push(...list(keys))
          await this.#room?.observe(list(keys))
        },
        unobserve: async keys => {
          for (const key of list(keys)) {
            const at = this.#observed.indexOf(key)
            if (at < 0) continue
            this.#observed.splice(at, 1)
            this.#room?.unobserve([key])
          }
        },
      },
    }
  }

  #newStore(): HMSStore<T['sessionStore']> {
    const getState = (selector = (state: HMSState<T['sessionStore']>): unknown => state) => selector(this.#state)
    return {
      getState: getState as HMSStore<T['sessionStore']>['getState'],
      subscribe: (listener, selector) => {
        let last = selector(this.#state)
        const onChange = () => {
          const before = last
          last = selector(this.#state)
          if (!Object.is(last, before)) listener(last, before)
        }
        this.#listeners.add(onChange)
        return () => void this.#listeners.delete(onChange)
      },
    }
  }

  async #join({ userName, authToken, url = '', room: name, ...rest }: HMSConfig): Promise<void> {
    if (!name) throw new Error('join wants the name of a room')
    await this.#room?.leave()
    const room = new Room<any>({ ...rest, url, room: name, name: userName, joinToken: authToken })
    this.#room = room
    const tell = () => {
      for (const listener of [...this.#listeners]) listener()
    }
    room.on('status', tell)
    room.on('peers', peers => {
      this.#peers = peers.map(peer => peerOf(peer, room.peer?.id))
      tell()
    })
    room.subscribe('*', tell)
    void room.observe(this.#observed)
    try {
      await room.connect()
    } catch (fault) {
      void room.leave() // or what is observed would go on trying
      throw fault
    }
    tell()
  }
}

const peerOf = ({ id, name, role, joined_at }: Peer, own?: string): HMSPeer => ({
  id,
  name,
  roleName: role,
  joinedAt: new Date(joined_at),
  isLocal: id === own,
})

/** selectSessionStore selects the value of an observed key. */
export const selectSessionStore =
  <K extends string>(key: K) =>
  <S>(state: HMSState<S>): K extends keyof S ? S[K] | undefined : undefined =>
    (state.sessionStore as any)[key]

export const selectIsConnectedToRoom = (state: HMSState<unknown>): boolean => state.room.isConnected
export const selectPeers = (state: HMSState<unknown>): readonly HMSPeer[] => state.peers
export const selectLocalPeerID = (state: HMSState<unknown>): string => state.localPeer
export const selectLocalPeer = (state: HMSState<unknown>): HMSPeer | undefined => selectPeerByID(state.localPeer)(state)
export const selectPeerByID =
  (id?: string) =>
  (state: HMSState<unknown>): HMSPeer | undefined =>
    state.peers.find(peer => peer.id === id)
export const selectPeerNameByID =
  (id?: string) =>
  (state: HMSState<unknown>): string | undefined =>
    selectPeerByID(id)(state)?.name

const Context = createContext<HMSReactiveStore<any> | undefined>(undefined)

/** HMSRoomProvider shows a store to the hooks: the one that it is given, or one of its own. */
export function HMSRoomProvider({ children, hms }: { children?: ReactNode; hms?: HMSReactiveStore<any> }) {
  const [own] = useState(() => hms ?? new HMSReactiveStore())
  return createElement(Context.Provider, { value: hms ?? own }, children)
}

const useHMS = () => {
  const hms = useContext(Context)
  if (!hms) throw new Error('there is no HMSRoomProvider around this component')
  return hms
}

export const useHMSActions = <T extends HMSGenericTypes = AnyTypes>(): HMSActions<T['sessionStore']> =>
  useHMS().getActions()

/** useHMSVanillaStore is the store itself, to read without drawing again. */
export const useHMSVanillaStore = <T extends HMSGenericTypes = AnyTypes>(): HMSStore<T['sessionStore']> =>
  useHMS().getStore()

/** useHMSStore draws again when what the selector selects has become another. */
export function useHMSStore<R, S = Record<string, any>>(selector: (state: HMSState<S>) => R): R {
  const store: HMSStore<S> = useHMS().getStore()
  const read = () => store.getState(selector)
  return useSyncExternalStore(listener => store.subscribe(listener, selector), read, read)
}

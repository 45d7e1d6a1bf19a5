// Hooks over a room. What they show is what the room holds: there is no second copy of it.

import { createContext, createElement, useCallback, useContext, useEffect, useRef, useState } from 'react'
import { useSyncExternalStore, type ReactNode } from 'react'
import { Room, type Entry, type JoinOptions, type Key, type Peer, type Status } from './index.js'

const Context = createContext<Room<any> | undefined>(undefined)
const NOBODY: readonly Peer[] = []

/** Either how to join a room, or a room that is joined and left elsewhere. */
export type RoomProviderProps = { children?: ReactNode } & (JoinOptions | { room: Room<any> })

/** RoomProvider is in a room while it is mounted. Another url or room is another room; the other options are read once. */
export function RoomProvider({ children, ...options }: RoomProviderProps) {
  const { room } = options
  return typeof room === 'string'
    ? createElement(Joined, { key: `${(options as JoinOptions).url} ${room}`, options: options as JoinOptions }, children)
    : createElement(Context.Provider, { value: room }, children)
}

function Joined({ options, children }: { options: JoinOptions; children?: ReactNode }) {
  const [room] = useState(() => new Room<any>(options))
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    clearTimeout(leaving.current)
    // What wants a stream tries to join again, for as long as that makes sense; the status says the rest.
    room.connect().catch(() => room.observe([]))
    return () => {
      // StrictMode unmounts and mounts again at once: nobody has gone then.
      leaving.current = setTimeout(() => room.leave())
    }
  }, [room])
  return createElement(Context.Provider, { value: room }, children)
}

/** useRoom is the room of the nearest RoomProvider, also before it is joined. */
export function useRoom<S extends object = Record<string, unknown>>(): Room<S> {
  const room = useContext(Context)
  if (!room) throw new Error('there is no RoomProvider around this component')
  return room
}

const useObserved = <T>(key: string, read: (room: Room<any>) => T, server: T): T => {
  const room = useRoom<any>()
  const subscribe = useCallback(
    (listener: () => void) => {
      void room.observe([key])
      const stop = room.subscribe(key, listener)
      return () => {
        stop()
        room.unobserve([key])
      }
    },
    [room, key],
  )
  return useSyncExternalStore(subscribe, () => read(room), () => server)
}

/** useValue is the value of a key, which is observed while the component is mounted. */
export const useValue = <V = unknown>(key: string): V | undefined =>
  useObserved(key, room => room.get(key) as V | undefined, undefined)

/** useEntry is the entry of a key: who has set it, and when. */
export const useEntry = <V = unknown>(key: string): Entry<V> | undefined =>
  useObserved(key, room => room.entry(key) as Entry<V> | undefined, undefined)

/** useEntries are the entries that a pattern means, by name. */
export const useEntries = <V = unknown>(pattern: `${string}*`): readonly Entry<V>[] => {
  const last = useRef<readonly Entry<V>[]>([])
  // React asks again and again, and takes another list for another state.
  const read = (room: Room<any>) => {
    const now = room.entries(pattern) as Entry<V>[]
    if (now.length !== last.current.length || now.some((entry, i) => entry !== last.current[i])) last.current = now
    return last.current
  }
  return useObserved(pattern, read, NOBODY as readonly never[])
}

/** usePeers are those who are in the room, the oldest first. */
export function usePeers(): readonly Peer[] {
  const room = useRoom()
  const subscribe = useCallback((listener: () => void) => room.on('peers', listener), [room])
  return useSyncExternalStore(subscribe, () => room.peers, () => NOBODY)
}

/** useStatus says whether what is shown is up to date. */
export function useStatus(): Status {
  const room = useRoom()
  const subscribe = useCallback((listener: () => void) => room.on('status', listener), [room])
  return useSyncExternalStore(subscribe, () => room.status, () => 'connecting')
}

/** The hooks, typed by the keys and values of a store. */
export interface Hooks<S extends object> {
  RoomProvider: typeof RoomProvider
  useRoom(): Room<S>
  useValue<K extends Key<S>>(key: K): S[K] | undefined
  useEntry<K extends Key<S>>(key: K): Entry<S[K]> | undefined
  useEntries(pattern: `${string}*`): readonly Entry<S[Key<S>]>[]
  usePeers(): readonly Peer[]
  useStatus(): Status
}

/** hooksFor are the same hooks with the types of a store: `const { useValue } = hooksFor<Store>()`. */
export const hooksFor = <S extends object>(): Hooks<S> =>
  ({ RoomProvider, useRoom, useValue, useEntry, useEntries, usePeers, useStatus }) as Hooks<S>

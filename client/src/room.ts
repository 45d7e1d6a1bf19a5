// A room, as a page sees it.

import { covers, PEERS } from './keys.js'
import { listening } from './listeners.js'
import { membership, type JoinOptions } from './member.js'
import type { Entry, Peer, Position, State, Status, StreamEvent } from './model.js'
import { replicate } from './replica.js'
import { streaming } from './stream.js'
import { type SetOptions, writing } from './writer.js'

/** A key of the store. */
export type Key<S> = keyof S & string
/** A key, a prefix followed by `*`, or `*`. */
export type Pattern<S> = Key<S> | `${string}*`
/** Called when what `get` or `entry` answers has become another; undefined is that there is none. */
export type Listener<V> = (value: V | undefined, entry: Entry<V> | undefined, key: string) => void

/** What `room.on` tells of. */
export interface Happenings {
  status: Status
  /** Who is in the room, the oldest first. They are observed while somebody listens. */
  peers: readonly Peer[]
  /** Each event of the stream as it comes, for a page that shows how it works. */
  event: StreamEvent
}

export interface Room<S extends object = Record<string, unknown>> extends Readonly<State> {
  /**
   * connect joins if need be, opens the stream, and keeps it open. It rejects if the first try to join does; where something
   * is observed, it goes on trying.
   */
  connect(): Promise<void>
  /** disconnect closes the stream and stays in the room, for as long as the server keeps a silent peer. */
  disconnect(): void
  /** leave ends it for this peer. It never rejects: whom the server does not hear of again it removes. */
  leave(): Promise<void>

  /**
   * observe keeps keys up to date from now on, and resolves when their values are here, or the room has ended. It is counted:
   * each observe wants its unobserve.
   */
  observe(keys: readonly Pattern<S>[]): Promise<void>
  /** unobserve takes back one observe of each key. */
  unobserve(keys: readonly Pattern<S>[]): void
  /** get is the value of an observed key, with own writes that are still on their way. */
  get<K extends Key<S>>(key: K): S[K] | undefined
  /** entry is what the server has said last of an observed key: without own writes that are still on their way. */
  entry<K extends Key<S>>(key: K): Entry<S[K]> | undefined
  /** entries are those of the observed keys that a pattern means, by name. */
  entries(pattern: Pattern<S>): Entry<S[Key<S>]>[]
  /** position is where an observed entry stands, null if there is none: what `ifPosition` wants. */
  position(key: Key<S>): Position | null
  /** subscribe tells of each change of a key, or of those that a pattern means. It observes nothing by itself. */
  subscribe<K extends Pattern<S>>(key: K, listener: Listener<S[K extends Key<S> ? K : Key<S>]>): () => void
  /** on tells of what happens to the room. */
  on<H extends keyof Happenings>(happening: H, listener: (happened: Happenings[H]) => void): () => void

  /** set shows the value at once, and takes it back if it is refused. Without a value it removes the key. */
  set<K extends Key<S>>(key: K, value?: S[K], options?: SetOptions): Promise<Entry<S[K]> | undefined>
  /** patch sets keys, and removes those whose value is undefined: all of it or nothing, in one event. */
  patch(values: { readonly [K in Key<S>]?: S[K] | undefined }): Promise<void>
  /** update sets a key to what becomes of its value. It is called again with the newer one while others are faster. */
  update<K extends Key<S>>(
    key: K,
    become: (value: S[K] | undefined) => S[K] | undefined,
    options?: Omit<SetOptions, 'ifPosition'>,
  ): Promise<Entry<S[K]> | undefined>
}

/** A new Room does nothing yet: `connect` joins. */
export const Room = function (options: JoinOptions): Room<any> {
  const keys = listening()
  const happenings = listening()
  const replica = replicate(key => keys.tell(key, room.get(key), room.entry(key), key))
  const state: State = { status: 'connecting', peers: [] }
  const member = membership(state, options, joined => stream.joined(joined))
  const stream = streaming(state, options, member, replica, happenings.tell)
  const { write, update, positionOf } = writing(state, member, replica, stream.wanted)

  const room: Room<any> = Object.assign(state, {
    connect: stream.connect,
    disconnect: stream.disconnect,
    leave: () => stream.end('left'),

    observe: (keys: readonly string[]) => stream.observe(keys),
    unobserve: (keys: readonly string[]) => void stream.observe(keys, -1),
    get: (key: string) => replica.shown(key)?.value,
    entry: (key: string) => replica.shown(key)?.entry,
    entries: (pattern: string) =>
      replica.keys().sort().flatMap(key => (covers([pattern], key) && room.entry(key)) || []),
    position: (key: string) => positionOf(room.entry(key)),
    subscribe: keys.add,
    on(happening: string, listener: (happened: any) => void) {
      const stop = happenings.add(happening, listener)
      const observed = happening === 'peers' ? [PEERS] : []
      void stream.observe(observed)
      return () => stop() && void stream.observe(observed, -1)
    },

    set: (key: string, value?: unknown, options?: SetOptions) => write({ [key]: value }, options),
    patch: (values: Record<string, unknown>) => write(values) as Promise<any>,
    update,
  })
  return room
} as unknown as new <S extends object = Record<string, unknown>>(options: JoinOptions) => Room<S>

/** joinRoom joins a room, and gives it when it has. */
export async function joinRoom<S extends object = Record<string, unknown>>(options: JoinOptions): Promise<Room<S>> {
  const room = new Room<S>(options)
  await room.connect()
  return room
}

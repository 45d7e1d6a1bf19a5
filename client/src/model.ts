// The words of the wire, as the rest of the package says them.

import type { StoreError } from './errors.js'
import type { components } from './wire.js'

type Schemas = components['schemas']

export type Code = Schemas['Code']
export type Joined = Schemas['Joined']
export type Limits = Schemas['Limits']
export type Peer = Schemas['Peer']
export type FieldError = Schemas['FieldError']

/** What one peer has written under one key. */
export type Entry<V = unknown> = Omit<Schemas['Entry'], 'value'> & { value: V }

/** `SESSION-REVISION`: how far, in the one text form that the server knows. */
export type Position = string

/** How the room stands: `stale` is that shown values may be old, `ended` that this peer is not in the room any more. */
export type Status = 'connecting' | 'live' | 'stale' | 'ended'

/** Why a room has ended: the server's words, or `refused` when the join was; the room's `error` then says why. */
export type Reason = Schemas['EndEvent']['reason'] | 'refused'

/** What everybody may know of a room. */
export interface State {
  /** What the last join has answered: session, own peer, limits. */
  joined?: Joined | undefined
  /** The own peer. */
  peer?: Joined['peer'] | undefined
  /** The peer's secret, to come back with after a reload; undefined while it is not in the room. */
  token?: string | undefined
  status: Status
  /** Why it has ended. */
  reason?: Reason | undefined
  /** What the server has refused, if that is why. */
  error?: StoreError | undefined
  /** Who is in the room, while somebody listens to `peers`. */
  peers: readonly Peer[]
}

/** An event of the stream as it has come, its data not yet parsed. */
export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

// The data of the events.
export type Snapshot = Schemas['SnapshotEvent']
export type Update = Schemas['UpdateEvent']
export type PeersEvent = Schemas['PeerMoves'] & { readonly peers?: readonly Peer[] }

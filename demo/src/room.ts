// The room of this page, and the hooks of the client with the types of its store.
import type { Entry as AnyEntry, Room } from 'session-store-client'
import { hooksFor } from 'session-store-client/react'
import type { Store } from './store'

export type MeetingRoom = Room<Store>
export type Entry = AnyEntry<unknown>
export type Key = keyof Store & string

export const { RoomProvider, useRoom, useValue, useEntry, useEntries, usePeers, useStatus } = hooksFor<Store>()

// useMe is the own id. There is one wherever a meeting is shown.
export const useMe = (): string => useRoom().peer?.id ?? ''

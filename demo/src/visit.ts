// A visit is one way into the room: from joining it to having left.
import { Room } from 'session-store-client'
import { roomName, serverURL } from './address'
import { Recorder } from './inspector/recorder'
import type { MeetingRoom } from './room'
import { seat } from './seat'
import { nameKey, OBSERVED, type Store } from './store'

export interface Visit {
  room: MeetingRoom
  recorder: Recorder
  // The first try: undefined if it has worked, else why not.
  fault: Promise<unknown>
}

// Who reloads the page is to stay the same peer, and who closes it is to be gone at
// once. Only pageswap tells the two apart; where there is none, the server removes
// who does not come back.
let isReload = !('onpageswap' in window)
window.addEventListener('pageswap', (event) => { isReload = event.activation?.navigationType === 'reload' })

// The JWT that was pasted last lets one in again after leaving.
let lastJWT: string | undefined

export function enter(joinToken = lastJWT): Visit {
  lastJWT = joinToken
  const room = new Room<Store>({
    url: serverURL, room: roomName, name: seat.name, token: seat.token, joinToken, rejoin: true,
    get leaveOnPageHide() { return !isReload },
  })
  const recorder = new Recorder(room)
  room.on('status', (status) => {
    seat.token = room.token
    if (status === 'live') takeName(room)
  })
  // What the components will want, said before the first stream opens: each key that
  // they add to an open one begins another.
  room.on('peers', () => {})
  room.observe(OBSERVED).catch(() => {}) // not allowed to read anything: the gate says it
  const fault = room.connect().then(() => undefined, (error: unknown) => error)
  return { room, recorder, fault }
}

// takeName gives a peer the name that was typed: one that has come in the place of one
// that was away for too long has only that of the join.
function takeName(room: MeetingRoom): void {
  const { peer } = room
  const name = seat.typedName
  if (!peer || !name || (room.get(nameKey(peer.id)) ?? peer.name) === name) return
  room.set(nameKey(peer.id), name, { ephemeral: true }).catch(() => {}) // it is called as it has joined
}

// The address of the page is the invitation: the room stands in it.
import { friendlyRoom } from './names'

const query = new URLSearchParams(location.search)

// Who comes without a room gets one of his own, and an address to pass on.
export const roomName = query.get('room') || friendlyRoom()
// A link may say who is meant: ?room=standup&name=Ann.
export const wantedName = query.get('name')?.slice(0, 64) ?? ''

export const invitation = addressOf(roomName)

export function addressOf(room: string): string {
  return `${location.origin}${location.pathname}?room=${encodeURIComponent(room)}`
}

// The server may live behind a path of a proxy; the page lies at its root.
export const serverURL = new URL('.', location.href).href

// keepAddress writes the room where the browser shows it.
export function keepAddress(): void {
  document.title = `${roomName} – Session Store`
  if (!query.get('room')) history.replaceState(null, '', invitation)
}

// The seat is what this window keeps over a reload: the token of its peer, and the name
// that somebody has typed. In sessionStorage, since another window is another peer.
import { roomName, wantedName } from './address'
import { friendlyName } from './names'

const TOKEN = `token ${roomName}`
const NAME = 'name'
const given = wantedName || friendlyName()

// A browser may forbid all of it; then a reload is a new peer.
function kept(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function keep(key: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, text)
  } catch { /* as said */ }
}

export const seat = {
  get token() { return kept(TOKEN) },
  set token(token: string | undefined) { keep(TOKEN, token) },
  // What was typed; undefined if nothing was.
  get typedName() { return kept(NAME) },
  set typedName(name: string | undefined) { keep(NAME, name) },
  // What to join as.
  get name() { return kept(NAME) ?? given },
}

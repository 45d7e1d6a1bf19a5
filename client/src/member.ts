// Who this client is in the room: its token, and the calls that carry it.

import { call as request } from './call.js'
import type { Joined, Reason, State } from './model.js'

/** How to join a room. */
export interface JoinOptions {
  /** Where the server is: `https://store.example.com`, or empty for the page's own. */
  url: string
  room: string
  /** Shown to the other peers; at most 64 characters. */
  name?: string | undefined
  /**
   * The JWT of your application, where the server wants one. A function is asked for a fresh one before it ends, and the
   * peer stays in the room.
   */
  joinToken?: string | (() => string | Promise<string>) | undefined
  /** The `token` of an earlier join, kept over a reload: the same peer again, if it is still there. */
  token?: string | undefined
  /** Leave when the page is closed or left; true unless it is said otherwise. False where a reload shall keep the peer. */
  leaveOnPageHide?: boolean | undefined
  /**
   * Come back as a new peer when the server has removed this one, because it was away for too long or its JWT has ended; true
   * where `joinToken` is a function, else false.
   */
  rejoin?: boolean | undefined
  /** Used in the place of the global one. */
  fetch?: typeof fetch | undefined
}

export type Member = ReturnType<typeof membership>

// A JWT is renewed when this part of its time has passed, and no sooner than this: the clock here may be wrong.
const RENEW_AT = 0.8
const MIN_RENEWAL = 10_000
// The longest that a timer of JavaScript can wait.
const MAX_TIMER = 2 ** 31 - 1

/** membership joins when it is needed. onJoin hears of each join before anybody goes on. */
export function membership(room: State, options: JoinOptions, onJoin: (joined: Joined) => void) {
  const { joinToken, name } = options
  const url = `${options.url.replace(/\/$/, '')}/rooms/${encodeURIComponent(options.room)}`
  /** The token of the last join, which may be worth something yet; room.token is worth it, as far as is known. */
  let old = options.token
  let joining: Promise<unknown> | undefined
  let renewal: ReturnType<typeof setTimeout> | undefined

  /** call makes a call in the room. */
  const call = (method: string, path: string, token?: string, signal?: AbortSignal, body?: object, position?: string | null) =>
    request(options.fetch ?? fetch, method, url + path, token, signal, body, position)

  /** join makes a peer of this client, the same one where it still can; once for all who ask meanwhile. */
  const join = () => (joining ??= joinNow().finally(() => (joining = undefined)))

  const joinNow = async () => {
    const jwt = typeof joinToken === 'function' ? await joinToken() : joinToken
    const answer = await call('POST', '/join', jwt ?? old, undefined, { name, token: jwt && old })
    const joined: Joined = await answer.json()
    room.token = old = joined.token
    // Whoever has left meanwhile does not come in by an answer that was on its way.
    if (room.reason) return close('left')
    room.joined = joined
    room.peer = joined.peer
    if (typeof joinToken === 'function') renew(jwt!)
    onJoin(joined)
  }

  /** renew joins again before the JWT ends: then the peer stays who it is, and its streams go on. */
  const renew = (jwt: string) => {
    // RFC 7519, 4.1.4
    const { exp } = JSON.parse(atob(jwt.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/')))
    const wait = Math.max((exp * 1000 - Date.now()) * RENEW_AT, MIN_RENEWAL) || MAX_TIMER
    clearTimeout(renewal)
    // If it fails, it is tried again in what is left; and after the end, as a new peer.
    renewal = setTimeout(() => join().catch(() => room.reason || renew(jwt)), Math.min(wait, MAX_TIMER))
  }

  /** enter joins if need be, and gives the token: none after the end. */
  const enter = async () => {
    if (!room.token && !room.reason) await join()
    return room.token
  }

  /**
   * close forgets the token; whoever has left gives it back. That it could not is no matter: the server removes who is
   * silent. When the page goes, only a beacon outlives it, and that cannot set headers.
   */
  const close = async (reason: Reason, byBeacon?: boolean) => {
    const { token } = room
    clearTimeout(renewal)
    room.reason ??= reason
    room.token = old = undefined
    if (token && byBeacon) navigator.sendBeacon(`${url}/leave?access_token=${token}`)
    else if (token && reason === 'left') await call('POST', '/leave', token).catch(() => {})
  }

  return { call, enter, close }
}

// The one stream of a room, for all keys that anybody on the page wants.
//
//	observe ──▶ wanted ──▶ (once a tick) plan ──▶ open ──▶ next ──▶ its first event ──▶ live ──▶ broken or silent
//	                                         ▲                │                                        │
//	                                         └──── wait ◀─────┴────────────────────────────────────────┘
//
// The live connection goes on until the next one has taken its place. That resumes at the position where it can: a resume
// tells what has changed since, so it is only for keys that were observed up to there. With a new key among them a stream
// begins with a snapshot, and the replica knows what of it was told already.
//
// fetch and not EventSource: that gives up at any status but 200, cannot send a token in a header, and is not in Node.

import { follow, type Connection } from './connection.js'
import { isFinal, type StoreError } from './errors.js'
import { covers, PEERS } from './keys.js'
import type { Listeners } from './listeners.js'
import type { JoinOptions, Member } from './member.js'
import type { Joined, PeersEvent, Position, Reason, State, StreamEvent } from './model.js'
import { watchPage } from './page.js'
import type { Replica } from './replica.js'

export type Stream = ReturnType<typeof streaming>

// The first wait, unless the server has named one (`retry:`), and the longest; with the jitter twice that at most, since a
// room of thousands must not come back at once.
const PAUSE = 500
const MAX_PAUSE = 15_000
// What the server takes in one stream.
const MAX_KEYS = 100
// A stream wants keys. With nothing observed it is there all the same: it keeps the peer in the room and hears of its end.
const NOTHING = '-*'

export function streaming(room: State, options: JoinOptions, member: Member, replica: Replica, tell: Listeners['tell']) {
  /** How many want each key or pattern. */
  const counts = new Map<string, number>()
  /** The patterns of which all is known up to the position. */
  let covered: readonly string[] = []
  let position: Position | undefined
  /** What was wanted in the last tick: what the replica keeps. */
  let kept: readonly string[] = []
  let waiting: (() => void)[] = []
  let live: Connection | undefined
  let next: Connection | undefined
  /** Whether there shall be a connection. */
  let isOpen = false
  let planned: ReturnType<typeof setTimeout> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = PAUSE
  /** Whether a key was refused. Then all are asked for: a pattern leaves out what may not be read, and the rest is dropped. */
  let isShy = false
  let last: Joined | undefined
  let watch: AbortController | undefined

  const release = () => waiting.splice(0).forEach(resolve => resolve())

  /** restate says if the status is another one. */
  const restate = () => {
    const status = room.reason ? 'ended' : live ? 'live' : position ? 'stale' : 'connecting'
    if (status === room.status) return
    room.status = status
    tell('status', status)
  }

  const open = () => {
    clearTimeout(timer)
    timer = undefined
    next?.abort()
    const me = (next = new AbortController() as Connection)
    const broken = follow(me, ask, {
      event(event) {
        if (me !== live && me !== next) return
        take(event, me)
        pause = PAUSE
        succeed(me)
      },
      comment() {
        // A server that takes connections and falls is not up: only an event says so, or a comment later than the first,
        // by which the connection became the live one.
        if (me === live) pause = PAUSE
        succeed(me)
      },
      retry: milliseconds => (pause = milliseconds),
    })
    void broken.then(fault => {
      if (live === me) live = undefined
      else if (next === me) next = undefined
      else return
      lose(fault)
    })
  }

  const ask = async (me: Connection) => {
    const token = await member.enter()
    const keys = (me.keys = wanted())
    me.resumes = !!position && keys.every(key => covers(covered, key))
    const names = keys.filter(key => key !== PEERS)
    const asked = (isShy || names[MAX_KEYS] ? ['*'] : names[0] ? names : [NOTHING]).map(encodeURIComponent)
    const since = me.resumes ? position : ''
    return member.call('GET', `/observe?keys=${asked}&since=${since}&peers=${keys.includes(PEERS)}`, token, me.signal)
  }

  const take = (event: StreamEvent, me: Connection) => {
    tell('event', event)
    const kind = event.event
    const body = JSON.parse(event.data)
    const keys = kept.filter(key => covers(me.keys!, key))
    if (kind === 'snapshot') {
      me.resumes = true
      position = event.id
      replica.snapshot(body, keys)
    }
    if (kind === 'update') {
      position = event.id
      replica.update(body, keys)
    }
    if (kind === 'peers') meet(body)
    if (kind === 'end') over(body.reason)
  }

  /** meet takes who is in the room, or who has come and gone. */
  const meet = ({ peers = room.peers, joined = [], left = [] }: PeersEvent) => {
    const all = new Map([...peers, ...joined].map(peer => [peer.id, peer]))
    for (const { id } of left) all.delete(id)
    room.peers = [...all.values()]
    tell('peers', room.peers)
  }

  /** succeed makes the next connection the live one, when all that it was asked for is known. */
  const succeed = (me: Connection) => {
    if (me !== next || !me.resumes) return
    live?.abort()
    live = me
    next = undefined
    covered = me.keys!
    release()
    restate()
  }

  /** wait opens after a while, each time a longer one. */
  const wait = () => {
    if (!next) {
      timer ??= setTimeout(open, pause * (1 + Math.random()))
      pause = Math.min(pause * 2, MAX_PAUSE)
    }
    restate()
  }

  /** lose decides what to do when a connection has broken, or could not be made. */
  const lose = (fault: unknown) => {
    if (!isFinal(fault)) wait()
    else if (room.token && fault.status === 401) over('timeout', fault)
    else if (room.token && !isShy) {
      isShy = true
      open()
    } else over('refused', fault)
  }

  /** over ends the room, or comes back where that was asked for. */
  const over = (reason: Reason, error?: StoreError) => {
    const comesBack = options.rejoin ?? typeof options.joinToken === 'function'
    if (!comesBack || (reason !== 'timeout' && reason !== 'expired')) return void end(reason, error)
    room.token = undefined
    stop()
    wait()
  }

  /** wake does not wait: the page is online again, or looked at again. What is live may be dead after a sleep. */
  const wake = () => {
    if (isOpen) open()
  }

  const hide = (isKept: boolean) => {
    if (isKept) stop() // or it would keep the page out of the back-forward cache
    else if (options.leaveOnPageHide !== false) void end('left', undefined, true)
  }

  /** plan follows the wishes of one tick together. */
  const plan = () => {
    planned ??= setTimeout(() => {
      planned = undefined
      kept = wanted()
      // What is not kept up to date from now on is forgotten, so that it is asked for anew if it is wanted again.
      covered = kept.filter(key => covers(covered, key))
      replica.retain(kept)
      if (!kept.includes(PEERS)) room.peers = []
      if (isOpen && !timer && (next ?? live)?.keys?.join() !== kept.join()) open()
    })
  }

  /** stop closes the connections; what is known stays. */
  const stop = () => {
    clearTimeout(timer)
    live?.abort()
    next?.abort()
    timer = live = next = undefined
    restate()
  }

  /** end is stop for good. Nobody waits for what does not come. */
  const end = (reason: Reason, error?: StoreError, byBeacon?: boolean): Promise<void> => {
    const left = member.close(reason, byBeacon)
    isOpen = false
    room.error ??= error
    watch?.abort()
    watch = undefined
    stop()
    release()
    return left
  }

  const wanted = () => [...counts.keys()].sort()

  return {
    wanted,
    end,

    /** observe wants keys, or takes back that it did (-1), and resolves when the values of those wanted are here. */
    async observe(keys: readonly string[], by: 1 | -1 = 1): Promise<void> {
      for (const key of keys) {
        const count = (counts.get(key) ?? 0) + by
        if (count > 0) counts.set(key, count)
        else counts.delete(key)
      }
      plan()
      while (!room.reason && keys.some(key => counts.has(key) && !covers(covered, key))) {
        await new Promise<void>(resolve => waiting.push(resolve))
      }
    },

    /** joined begins anew if the session is another one: revisions of two sessions cannot be compared. */
    joined(joined: Joined) {
      if (last && last.session !== joined.session) {
        position = undefined
        replica.retain([])
      }
      // Another peer may have other grants, so that what was known is not all.
      if (last?.peer.id !== joined.peer.id) covered = []
      last = joined
      watch ??= watchPage(wake, hide)
      plan()
    },

    /** connect joins if need be, opens the stream, and keeps it open. */
    async connect(): Promise<void> {
      room.reason = room.error = undefined
      isOpen = true
      restate()
      await member.enter()
      plan()
    },

    /** disconnect closes the stream, and leaves it closed. */
    disconnect() {
      isOpen = false
      stop()
    },
  }
}

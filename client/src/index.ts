/**
 * A client of the Session Store: rooms with a few keys that everybody in them can set and observe.
 *
 *	set, update, patch ──▶ writer ──▶ PUT, PATCH ────────────────▶ server
 *	      │ shown at once     ▲ answered or refused                  │
 *	      ▼                   │                                      ▼
 *	   replica ◀── events ── stream ◀── parser ◀── connection ◀── observe
 *	      │
 *	      ▼ what has changed
 *	    room ──▶ listeners, hooks
 *
 * Replica and parser are pure; the stream knows what is wanted and when to ask for it; the member knows who this client is,
 * and makes all calls. What is inside is functions around variables and not classes, whose members no minifier shortens: that
 * was 5 % of the size.
 */

export { Room, joinRoom } from './room.js'
export type { Happenings, Key, Listener, Pattern } from './room.js'
export type { JoinOptions } from './member.js'
export type { SetOptions } from './writer.js'
export type { Code, Entry, FieldError, Joined, Limits, Peer, Position, Reason, Status, StreamEvent } from './model.js'
export {
  ConflictError,
  ConnectionError,
  ForbiddenError,
  LimitError,
  StoreError,
  UnauthorizedError,
} from './errors.js'

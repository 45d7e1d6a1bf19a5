// Package jetstream is the journal that stays, and that several nodes can share:
// one stream of NATS JetStream, in which each room is a subject and each record a
// message.
//
//	Append ── on the condition "the last one is after" ──▶ SESSION_STORE.room.ROOM
//	   ▲                                                          │ stored
//	   └────────────────────── number ◀───────────────────────────┤
//	                                                              ▼ told once
//	Heard ◀── heard ◀── receive ◀── one channel ◀──── SESSION_STORE.heard.ROOM
//	              ▲
//	              └──── audit: does anything follow what was heard?
//
//	Read ── the newest ──▶ the leader        members: SESSION_STORE.node.NODE,
//	     └─ those before ──▶ any replica     a beat a second
//
// There are two ways to it. [Embed] runs a NATS server in this process, on a folder
// that is this process's own: it listens nowhere, nothing is told to others, and a
// guard starts it anew when its disk has failed. [Connect] goes to servers outside.
// The rest is the same code.
//
// A stream, and not a key-value bucket or a database: an append is one request with
// a condition, a snapshot drops what stood before it in the same step, and whoever
// has a room open is told by the server that stores.
//
// What it stands on, and where that ends:
//
//   - The condition is checked by the leader of the stream, record by record. So a
//     record is stored at most once, however often it is sent.
//   - An append whose answer stays away is sent again. If it is then refused, the
//     record that follows after says by its id whether it is ours.
//   - A record keeps the condition that it was stored on as a header: so records
//     connect, and a hole shows.
//   - The leader of a stream that has been cut off from the other replicas answers
//     reads for some seconds more, until it notices: they may be old. Appends need a
//     majority, and fail.
//   - The first number of a stream is a time, so that numbers rise even if the
//     stream is removed and made again.
//
// Locks: log.mu, then rooms.mu; neither is held while NATS is asked.
package jetstream

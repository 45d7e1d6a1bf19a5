// Package sse makes the bytes of server-sent events (HTML, 9.2) and brings them
// to the readers of a room.
//
//	room ── Frame, encoded once ──▶ Hub.Publish ──▶ tail (the newest frames)
//	                                    │ wake           │
//	                                    ▼                ▼
//	reader ◀── bytes ◀── Sink ◀── Pump, Stream.Next: tail, or Source.CatchUp
//
// A stream is a cursor, not a queue: it knows the revision up to which its
// reader has been told, and nothing is kept for it. What to send next follows
// from the cursor: frames of the tail if they connect; else what the [Source]
// builds from the session as it is, an update or a snapshot. A new reader, one
// that resumes and one that was slow are the same case.
//
// The package knows no rooms and no entries; it imports nothing of this project.
package sse

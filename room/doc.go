// Package room has the live copies of the sessions: their locks, their leases,
// and who observes what.
//
//	Registry.Join ─┐
//	Registry.Enter ┴▶ Caller ──▶ Room.do: decide ──▶ journal ──▶ apply ──▶ sse.Hub
//	                    │                                          │
//	                    └──▶ reads and Observe, of the session ◀───┘
//
// A Caller is a peer that has shown its token: there is no other way to a room,
// so no handler can forget to ask. Only Room.apply changes a session.
//
// Lock order: Room.write, then Room.mu, then one of Registry.mu, leases.mu and the
// hub's. Room.write puts those who change a room in a row, and is held while the
// journal stores; Room.mu guards the session for a moment only, so readers never
// wait for a journal.
package room

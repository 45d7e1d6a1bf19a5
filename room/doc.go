// Package room has the live copies of the sessions: their locks, their leases,
// and who observes what.
//
//	Registry.Join ───────┐
//	Registry.Enter ──────┤
//	Registry.Administer ─┴▶ Caller ──▶ Room.do: decide ──▶ journal ──▶ apply ──▶ sse.Hub
//	                          │                              │         ▲ │
//	                          │   what other nodes stored    └─▶ follow┘ │
//	                          └──▶ reads and Observe, of the session ◀───┘
//
//	alarm (time is over) ──▶ judge: who is silent ──▶ Room.do
//
// A Caller is a peer that has shown its token: there is no other way to a room,
// so no handler can forget to ask. Only Room.applyLocked changes a session.
//
// Lock order: Room.write, then Room.mu, then one of Registry.mu, the roster's, the
// hub's and leases.mu; under leases.mu the hub's, and those of nodes and alarm. Room.write
// puts those who change a room in a row, and is held while the journal stores; Room.mu
// guards the session for a moment only, so readers never wait for a journal.
package room

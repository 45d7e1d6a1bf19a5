// Package model holds the words and the rules of a session store.
//
// A session is a pure state machine. What somebody wishes is a [Mutation]; what
// has happened is a [Change]:
//
//	Mutation ──▶ Session.Decide ──▶ *Change or *Error      every rule stands here
//	             Change ──▶ Session.Apply                  no rule stands here
//
// There is no clock, no lock and no I/O in this package: moments and ids come
// in as arguments. The same changes applied to two fresh sessions make the same
// session, on any node and at any time. Beside the machine stand the texts of
// the contract: names of rooms and keys, patterns, positions, conditions,
// values, and the request and response bodies.
package model

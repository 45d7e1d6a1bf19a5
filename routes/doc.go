// Package routes turns URLs into calls on rooms, and what comes back into words.
//
//	request ──▶ recover, log, CORS ──▶ adapter: room, token, key, body ──▶ handler
//	answer  ◀── problem or JSON or stream ◀── adapter: encode, count ◀──────┘
//
// A handler is a short function from a call to an answer or an error; the
// adapter does for all of them what is the same. Statuses of errors stand in one
// table, in problem.go.
package routes

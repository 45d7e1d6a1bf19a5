// Package routes turns URLs into calls on rooms, and what comes back into words.
//
//	request ──▶ CORS ──▶ watch: recover ──▶ adapter: room, query, token ──▶ handler: key, body
//	answer  ◀── watch: count, log ◀── adapter: problem or JSON or stream ◀─────┘
//
// A handler is a short function from a call to an answer or an error; the
// adapter does for all of them what is the same. Statuses of errors stand in one
// table, in problem.go.
package routes

// Package journal has the one seam of the design: the interface that puts the
// changes of each room in one order and keeps them.
//
//	room.Do ── decide ──▶ Log.Append(after, record) ──▶ apply
//	                          │ ErrBehind
//	                          └──▶ Log.Read(after) ──▶ apply, decide again
//
// It knows nothing of rules. What stands in a record is finished: no journal
// looks into it, so that no rule is ever said twice.
package journal

import (
	"context"
	"errors"

	"session-store/model"
)

// ErrBehind is the refusal of an Append: something was stored in the room that
// the caller has not seen. It says nothing about who stored it.
var ErrBehind = errors.New("behind: the room has newer records")

// ErrClosed is the answer of a journal, or of a log, that was closed.
var ErrClosed = errors.New("the journal is closed")

// A Journal keeps the logs of all rooms.
//
// All methods of a Journal and of its Logs may be called by any goroutine at any
// time. Several Logs of one room may be open at once; each is then a follower of
// what the others append.
type Journal interface {
	// Open gives the log of a room, which is empty if nobody has appended to it.
	//
	// wake is called, by any goroutine and with any delay, after a record was
	// appended through another Log of the room: the log should then be read. It
	// may be called without need, and once for several records. It must not
	// block and must not call the Log. It is never called after Close of the
	// Log has returned.
	Open(ctx context.Context, room string, wake func()) (Log, error)

	// Ready reports why appends would fail at the moment, or nil.
	Ready(ctx context.Context) error

	// Close ends all logs. After it has returned no goroutine of the journal
	// runs, and every call fails with ErrClosed.
	Close() error
}

// A Log is the changes of one room in their one order.
//
// Every record has a sequence number. They rise, with holes: compare them, never
// subtract. No number is used twice for a room, not even when its log was empty
// in between. 0 stands before the first record.
type Log interface {
	// Append stores the change as the next record, if and only if no record was
	// stored after the one numbered after; else it stores nothing and returns
	// ErrBehind.
	//
	// When it returns nil, the record is stored as well as this journal stores
	// anything, and every later Read on any Log shows it. Any other error than
	// ErrBehind leaves it open whether the record was stored: whoever must know
	// reads.
	//
	// The journal keeps the change and must not alter it; nor may the caller
	// from then on.
	Append(ctx context.Context, after uint64, change *model.Change) (seq uint64, err error)

	// Read gives every record after the one numbered after, oldest first. Where
	// records that old are gone, because a snapshot has taken their place or the
	// session that they belonged to is over, the first record given begins or
	// ends a session: it can be applied whatever the reader has seen.
	Read(ctx context.Context, after uint64) ([]Record, error)

	// Compact stores a snapshot of what all records up to the one numbered after
	// come to, and drops them, on the condition of Append. The log is then the
	// snapshot alone. It is a favour to the journal: if it fails, nothing is
	// lost.
	Compact(ctx context.Context, after uint64, snapshot *model.Change) (seq uint64, err error)

	// Close ends the following of the room. It does not end the session.
	Close()
}

// Record is one stored change.
type Record struct {
	Seq    uint64
	Change *model.Change
}

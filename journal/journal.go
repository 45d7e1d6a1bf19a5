// Package journal has the one seam of the design: the interface that puts the
// changes of each room in one order and keeps them.
//
//	room.commit ── decide ──▶ Log.Append(after, changes) ──▶ apply
//	                              │ ErrBehind
//	                              └──▶ Log.Read(after) ──▶ apply, decide again
//
//	another node's Append ──▶ wake ──▶ Log.Heard(after) ──▶ apply
//
// It knows nothing of rules. What stands in a record is finished: no journal
// looks into it, so that no rule is ever said twice.
package journal

import (
	"context"
	"errors"
	"iter"

	"session-store/model"
)

var (
	// ErrBehind is the refusal of an Append: something was stored in the room that
	// the caller has not seen. It says nothing about who stored it.
	ErrBehind = errors.New("behind: the room has newer records")

	// ErrClosed is the answer of a journal, or of a log, that was closed.
	ErrClosed = errors.New("the journal is closed")

	// ErrVersion says that a record of the room was written by a newer version of
	// the program, which this one cannot read. Other rooms are not concerned.
	ErrVersion = errors.New("the room has a record of a newer version: upgrade this node")

	// ErrTooLarge says that the record is larger than this journal stores. Nothing
	// was stored.
	ErrTooLarge = errors.New("the record is larger than the journal stores")
)

// A Journal keeps the logs of all rooms.
//
// All methods of a Journal and of its Logs may be called by any goroutine at any
// time. Several Logs of one room may be open at once; each is then a follower of
// what the others append.
type Journal interface {
	// Open gives the log of a room, which is empty if nobody has appended to it.
	//
	// wake is called, by any goroutine and with any delay, after a record was
	// appended through another Log of the room: Heard should then be asked. It
	// may be called without need, and once for several records. It must not
	// block and must not call the Log. It is never called after Close of the
	// Log has returned.
	Open(ctx context.Context, room string, wake func()) (Log, error)

	// Rooms names each room in which a record is stored, in no order. Rooms that
	// come or go meanwhile may be named or not. An error ends it.
	Rooms(ctx context.Context) iter.Seq2[string, error]

	// Node is the name under which this process shares the journal with others,
	// never used before; empty if it has the journal for itself.
	Node() string

	// Nodes names the other processes that share the journal and are alive, as
	// far as is known here: a node that has just died is named for some seconds
	// more, one that has just begun is missing for as long.
	Nodes() []string

	// Ready reports why appends would fail at the moment, or nil. It asks nobody,
	// so that it may be called often.
	Ready() error

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
	// Append stores the changes as the next record, if and only if no record was
	// stored after the one numbered after; else it stores nothing and returns
	// ErrBehind. A change that ends or begins a session is the last or the first
	// of its record.
	//
	// When it returns nil, the record is stored as well as this journal stores
	// anything, and every later Read on any Log shows it. Any other error than
	// ErrBehind and ErrTooLarge leaves it open whether the record was stored, or
	// will be: whoever must know appends again, on the same condition, or reads.
	// In no case is it stored twice.
	//
	// It returns in bounded time. The journal keeps the changes and must not alter
	// them; nor may the caller from then on.
	Append(ctx context.Context, after uint64, changes []*model.Change) (seq uint64, err error)

	// Read gives every record after the one numbered after, oldest first, and all
	// whose Append had returned when Read was called. Where records that old are
	// gone, because a snapshot has taken their place or the session that they
	// belonged to is over, the first change given begins or ends a session: it can
	// be applied whatever the reader has seen.
	Read(ctx context.Context, after uint64) ([]Record, error)

	// Heard gives what has come to this node of the records after the one numbered
	// after, without asking anybody. ok is false if something may be missing among
	// them: Read then. The newest may be missing even so.
	Heard(after uint64) (records []Record, ok bool)

	// Compact stores a snapshot of what all records up to the one numbered after
	// come to, and drops them, on the condition of Append. The log is then the
	// snapshot alone. It is a favour to the journal: if it fails, nothing is
	// lost.
	Compact(ctx context.Context, after uint64, snapshot *model.Change) (seq uint64, err error)

	// Close ends the following of the room. It does not end the session.
	Close()
}

// Record is what was stored by one Append or Compact.
type Record struct {
	Seq     uint64
	Changes []*model.Change
}

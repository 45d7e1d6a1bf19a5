package sse

import (
	"bytes"
	"sync/atomic"
)

// Stats are counters that many hubs share: nearly all plain atomics, read when somebody
// asks.
type Stats struct {
	// Streams are those open now, Events and Bytes what was written to them.
	Streams, Events, Bytes atomic.Int64

	// Waiting are those of Streams to which a write is under way that their readers
	// have not taken: they are slow, or do not read at all.
	Waiting atomic.Int64
	// Backlog is the bytes of those writes.
	Backlog Backlog
	// Opened are all that were ever opened, Ended says why they are not open any more.
	Opened atomic.Int64
	Ended  Endings
	// Resumed says how streams began that wanted to go on from a position, CaughtUp how
	// those were told that were too far behind for the newest frames.
	Resumed, CaughtUp Starts
}

// Endings are the reasons for which streams end.
type Endings struct {
	// Those that the reader is told.
	Left, Kicked, Timeout, SessionOver, Expired atomic.Int64
	// Reader is one that has gone by itself, Duration one whose own time was over,
	// SentAway one that was told to come back, to this node or another.
	Reader, Duration, SentAway atomic.Int64
	// Stalled has not read for too long; of Silent the machine has gone without a word.
	Stalled, Silent atomic.Int64
}

// Starts are the ways in which a reader is brought to where the session is.
type Starts struct {
	Nothing, Update, Snapshot atomic.Int64
}

// told is the counter of an end with the reason.
func (e *Endings) told(reason string) *atomic.Int64 {
	switch reason {
	case "left":
		return &e.Left
	case "kicked":
		return &e.Kicked
	case "timeout":
		return &e.Timeout
	case "session_over":
		return &e.SessionOver
	}
	return &e.Expired
}

// ending is why a writing end closes its stream.
type ending int

const (
	gone ending = iota // the reader, or the stream has no more to say
	outOfTime
	stalled
	silent
)

// countEnd comes when the stream is closed; away says that its hub sends its readers
// away. What a reader is told goes before what it does about it.
func (s *Stream) countEnd(why ending, away bool) {
	ended := &s.hub.stats.Ended
	counter := &ended.Reader
	switch reason := s.end.Load(); {
	case reason != nil:
		counter = ended.told(*reason)
	case away:
		counter = &ended.SentAway
	case why == outOfTime:
		counter = &ended.Duration
	case why == stalled:
		counter = &ended.Stalled
	case why == silent:
		counter = &ended.Silent
	}
	counter.Add(1)
}

// countStart comes when the stream is about to be told of b: what it is told first,
// or what it has missed.
func (s *Stream) countStart(b batch) {
	starts := &s.hub.stats.CaughtUp
	if !s.begun {
		s.begun = true
		if !s.resumes {
			return
		}
		starts = &s.hub.stats.Resumed
	}
	switch {
	case b.data == nil:
		starts.Nothing.Add(1)
	case bytes.HasPrefix(b.data, snapshotHead):
		starts.Snapshot.Add(1)
	default:
		starts.Update.Add(1)
	}
}

// snapshotHead is what a snapshot begins with, and nothing else.
var snapshotHead = []byte("event: snapshot\n")

// setWaiting says whether a write waits for the reader.
func (s *Stream) setWaiting(waiting bool) {
	switch {
	case s.waiting.Swap(waiting) == waiting:
	case waiting:
		s.hub.stats.Waiting.Add(1)
	default:
		s.hub.stats.Waiting.Add(-1)
	}
}

func (s *Stream) backlog() *Backlog { return &s.hub.stats.Backlog }

// admit counts one more stream, unless there are as many as there may be.
func (s *Stats) admit(most int) bool {
	for {
		n := s.Streams.Load()
		if most > 0 && n >= int64(most) {
			return false
		}
		if s.Streams.CompareAndSwap(n, n+1) {
			s.Opened.Add(1)
			return true
		}
	}
}

package jetstream

import (
	"errors"
	"sync"

	"github.com/nats-io/nats.go"

	"session-store/journal"
)

// log is one follower of a room. It has no goroutine.
type log struct {
	stream  *stream
	room    string
	subject string
	sub     *nats.Subscription // nil if nobody else writes
	turn    int                // of the audit

	mu     sync.Mutex // guards what follows; wake is called under it
	wake   func()     // nil once the log is closed
	heard  heard
	flying string // the id of the append that is under way
	held   bool   // it was heard before it was answered
}

// hear takes in a record that was told of as it was stored.
func (l *log) hear(s stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard.add(s) {
		l.newsLocked(s)
	}
}

// miss takes note of a record that the audit has found.
func (l *log) miss(s stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard.miss(s.seq) {
		l.newsLocked(s)
	}
}

// newsLocked wakes the room, but for its own record: its writer is told of that,
// unless it never learns of it.
func (l *log) newsLocked(s stored) {
	if l.flying != "" && isRecord(s.data, l.flying) {
		l.held = true
		return
	}
	l.wakeLocked()
}

func (l *log) wakeLocked() {
	if l.wake != nil {
		l.wake()
	}
}

// suspect lets the room read: something may be stored that cannot be heard. Until it
// has read it is woken again and again: it may not be able to.
func (l *log) suspect() {
	l.mu.Lock()
	l.heard.suspicions++
	l.mu.Unlock()
	l.stream.rooms.suspect(l)
}

func (l *log) wakeIfSuspicious() (still bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake == nil || !l.heard.suspicious() {
		return false
	}
	l.wake()
	return true
}

func (l *log) Heard(after uint64) ([]journal.Record, bool) {
	if errors.Is(l.stream.link.err(), journal.ErrClosed) {
		return nil, false
	}
	l.mu.Lock()
	list, ok := l.heard.after(after)
	l.mu.Unlock()
	if !ok || len(list) == 0 {
		return nil, ok
	}
	records, err := chain(after, list)
	return records, err == nil
}

func (l *log) Close() {
	l.stream.rooms.remove(l)
	if l.sub != nil {
		_ = l.sub.Unsubscribe() // it fails if the connection is closed: then there is nothing to end
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake = nil
}

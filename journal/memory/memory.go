// Package memory is the journal of one process: it keeps the logs of the rooms
// for as long as the process lives.
//
//	Append ──▶ a slice for each room, under a lock for each room ──▶ wake the
//	                                                                other logs
//
// A room whose session is over and that nobody follows leaves nothing behind.
package memory

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"session-store/journal"
	"session-store/model"
)

// New is a journal without any records.
func New() journal.Journal { return &memory{rooms: make(map[string]*records)} }

type memory struct {
	// seq is the newest number of all rooms: one counter for all, so that a room
	// that was dropped and came back never sees a number twice.
	seq    atomic.Uint64
	closed atomic.Bool

	// mu guards rooms and whether a room's records are in it. It is taken before
	// the lock of records.
	mu    sync.Mutex
	rooms map[string]*records
}

// records is the log of one room.
type records struct {
	mu   sync.Mutex
	list []journal.Record
	logs []*log
}

func (m *memory) Open(_ context.Context, room string, wake func()) (journal.Log, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed.Load() {
		return nil, journal.ErrClosed
	}
	r := m.rooms[room]
	if r == nil {
		r = &records{}
		m.rooms[room] = r
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &log{memory: m, room: room, records: r, wake: wake}
	r.logs = append(r.logs, l)
	return l, nil
}

func (m *memory) Rooms(context.Context) iter.Seq2[string, error] {
	m.mu.Lock()
	rooms := slices.Collect(maps.Keys(m.rooms))
	m.mu.Unlock()
	return func(yield func(string, error) bool) {
		if m.closed.Load() {
			yield("", journal.ErrClosed)
			return
		}
		for _, room := range rooms {
			if !yield(room, nil) {
				return
			}
		}
	}
}

func (m *memory) Node() string { return "" }

func (m *memory) Nodes() []string { return nil }

func (m *memory) Ready() error {
	if m.closed.Load() {
		return journal.ErrClosed
	}
	return nil
}

func (m *memory) Close() error {
	m.closed.Store(true)
	return nil
}

// log is one follower of a room.
type log struct {
	memory  *memory
	room    string
	records *records
	wake    func()
}

func (l *log) Append(_ context.Context, after uint64, changes []*model.Change) (uint64, error) {
	last := len(changes) - 1
	if changes[last].Ends {
		// The last change of a session makes all before it worthless, and is the
		// only one that can be given to whoever has not seen all of that.
		return l.store(after, changes[last:], true)
	}
	return l.store(after, changes, false)
}

func (l *log) Compact(_ context.Context, after uint64, snapshot *model.Change) (uint64, error) {
	return l.store(after, []*model.Change{snapshot}, true)
}

func (l *log) store(after uint64, changes []*model.Change, alone bool) (uint64, error) {
	if l.memory.closed.Load() {
		return 0, journal.ErrClosed
	}
	r := l.records
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newest() != after {
		return 0, journal.ErrBehind
	}
	if alone {
		r.list = nil
	}
	seq := l.memory.seq.Add(1)
	r.list = append(r.list, journal.Record{Seq: seq, Changes: changes})
	for _, other := range r.logs {
		if other != l {
			other.wake()
		}
	}
	return seq, nil
}

func (l *log) Read(_ context.Context, after uint64) ([]journal.Record, error) {
	if l.memory.closed.Load() {
		return nil, journal.ErrClosed
	}
	r := l.records
	r.mu.Lock()
	defer r.mu.Unlock()
	first := sort.Search(len(r.list), func(i int) bool { return r.list[i].Seq > after })
	// The records before len are never written again: they can be shared.
	return r.list[first:len(r.list):len(r.list)], nil
}

func (l *log) Heard(after uint64) ([]journal.Record, bool) {
	records, err := l.Read(context.Background(), after)
	return records, err == nil
}

func (l *log) Close() {
	m, r := l.memory, l.records
	m.mu.Lock()
	defer m.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, other := range r.logs {
		if other == l {
			r.logs = append(r.logs[:i], r.logs[i+1:]...)
			break
		}
	}
	over := len(r.list) == 0
	if !over {
		last := r.list[len(r.list)-1].Changes
		over = last[len(last)-1].Ends
	}
	if over && len(r.logs) == 0 && m.rooms[l.room] == r {
		delete(m.rooms, l.room)
	}
}

// newest is the number of the last record, or 0.
func (r *records) newest() uint64 {
	if len(r.list) == 0 {
		return 0
	}
	return r.list[len(r.list)-1].Seq
}

package room

import (
	"slices"
	"sync"
	"weak"

	"session-store/model"
	"session-store/sse"
)

// recall remembers the last event that was made from the session for one stream. Many
// ask for the same one at once: those that a room is written to faster than they can be
// told, and all who come back after a cut.
//
// It is held only until the collector comes by, so that a room at rest, which may have
// the largest of values, holds it no longer than its streams do.
type recall struct {
	mu   sync.Mutex
	last weak.Pointer[told]
}

// told is what an event says: it begins anew, with a snapshot, or goes on to a position
// with what was set and removed.
type told struct {
	anew    bool
	at      model.Position
	set     []*model.Entry
	removed []model.Removal

	data []byte
}

// of gives the event that says it. Two who ask at the same time for what is not there may
// both make it: to wait for each other would cost those who want different ones.
func (r *recall) of(want told) []byte {
	r.mu.Lock()
	last := r.last.Value()
	r.mu.Unlock()
	if last != nil && last.says(want) {
		return last.data
	}
	made := want // which takes no memory where it is found
	made.data = made.encode()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = weak.Make(&made)
	return made.data
}

// says compares entries by where they are: one that is made is never changed.
func (t *told) says(other told) bool {
	return t.anew == other.anew && t.at == other.at && slices.Equal(t.set, other.set) && slices.Equal(t.removed, other.removed)
}

func (t *told) encode() []byte {
	members := membersOf(t.set, t.removed)
	if t.anew {
		return sse.Snapshot(t.at.Session, t.at.Revision, members)
	}
	return sse.Update(t.at.Session, t.at.Revision, members)
}

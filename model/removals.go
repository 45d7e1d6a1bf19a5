package model

import (
	"maps"
	"slices"
)

// MaxRemovals bounds how many removed keys a session remembers, so that a peer
// that sets and removes ever new keys cannot make it grow. Somebody who comes
// back from before the oldest remembered one is given a snapshot.
const MaxRemovals = 1024

// removals are the keys that have gone and have not come back, the newest
// MaxRemovals of them.
type removals struct {
	byKey map[string]Removal
	// queue has the remembered removals by age, and some that are in byKey no
	// more: it is made anew when they are as many as those.
	queue []Removal
	// forgotten is the revision of the newest removal that is not remembered,
	// or 0: whoever knows all up to it can be told of all removals since.
	forgotten uint64
}

func (r *removals) add(removal Removal) {
	if r.byKey == nil {
		r.byKey = make(map[string]Removal)
	}
	r.byKey[removal.Key] = removal
	r.queue = append(r.queue, removal)
	for len(r.byKey) > MaxRemovals {
		oldest := r.queue[0]
		r.queue = r.queue[1:]
		if r.byKey[oldest.Key] == oldest {
			delete(r.byKey, oldest.Key)
			r.forgotten = oldest.Revision
		}
	}
	if len(r.queue) > 2*MaxRemovals {
		r.queue = r.list()
	}
}

// forget drops a key that is there again.
func (r *removals) forget(key string) { delete(r.byKey, key) }

func (r *removals) clone() removals {
	return removals{byKey: maps.Clone(r.byKey), queue: slices.Clone(r.queue), forgotten: r.forgotten}
}

// list is what is remembered, the oldest first.
func (r *removals) list() []Removal {
	live := make([]Removal, 0, len(r.byKey))
	for _, removal := range r.queue {
		if r.byKey[removal.Key] == removal {
			live = append(live, removal)
		}
	}
	return live
}

package jetstream

import (
	"maps"
	"slices"
	"sync"
)

// rooms are the logs that are open.
type rooms struct {
	mu   sync.Mutex
	logs map[string][]*log // by room; never changed in place once it is handed out
	// suspicious are those that may have a record they cannot hear of.
	suspicious map[*log]struct{}
}

func (r *rooms) add(l *log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.logs == nil {
		r.logs = make(map[string][]*log)
	}
	r.logs[l.room] = append(slices.Clip(r.logs[l.room]), l)
}

func (r *rooms) remove(l *log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.suspicious, l)
	left := slices.DeleteFunc(slices.Clone(r.logs[l.room]), func(other *log) bool { return other == l })
	if len(left) == 0 {
		delete(r.logs, l.room)
		return
	}
	r.logs[l.room] = left
}

// of gives the logs of a room.
func (r *rooms) of(room string) []*log {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logs[room]
}

// all gives the open logs, in no order.
func (r *rooms) all() []*log {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*log, 0, len(r.logs))
	for _, logs := range r.logs {
		all = append(all, logs...)
	}
	return all
}

func (r *rooms) suspect(l *log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.suspicious == nil {
		r.suspicious = make(map[*log]struct{})
	}
	r.suspicious[l] = struct{}{}
}

// wakeSuspicious wakes the rooms that have not read since there was a suspicion: they
// may have been unable to.
func (r *rooms) wakeSuspicious() {
	r.mu.Lock()
	logs := slices.Collect(maps.Keys(r.suspicious))
	clear(r.suspicious)
	r.mu.Unlock()
	for _, l := range logs {
		if l.wakeIfSuspicious() {
			r.suspect(l)
		}
	}
}

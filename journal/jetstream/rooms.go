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
	// turns are those in which the audit asks them; opened is how many there have been.
	turns  [auditTurns]map[*log]struct{}
	opened int
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
	l.turn = r.opened % auditTurns
	r.opened++
	if r.turns[l.turn] == nil {
		r.turns[l.turn] = make(map[*log]struct{})
	}
	r.turns[l.turn][l] = struct{}{}
}

func (r *rooms) remove(l *log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.suspicious, l)
	delete(r.turns[l.turn], l)
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

// atTurn gives the open logs that the audit asks in a turn.
func (r *rooms) atTurn(turn int) []*log {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.turns[turn]))
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

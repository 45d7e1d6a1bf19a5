package jetstream

import (
	"strconv"
	"time"

	"session-store/model"
)

const (
	// auditEvery is how often each open room is asked whether it has missed its newest
	// record: each has a turn of its own, every auditStep there is one. At 100,000 open
	// rooms these are 1,333 questions a turn, each answered within 20 µs of a server. See
	// leases.grace in room.
	auditEvery = 7500 * time.Millisecond
	auditStep  = 100 * time.Millisecond
	auditTurns = int(auditEvery / auditStep)
	// hurry is how long the audit takes after something may have been missed by all.
	hurry = 750 * time.Millisecond
)

// audit goes round the turns, so that no room waits for its own for longer than
// auditEvery, whichever rooms are opened and closed meanwhile.
type audit struct {
	asked time.Time // up to which the turns were taken
	turn  int       // the next
	haste int       // how many turns are to be taken in a hurry
}

// turns is how many are due.
func (a *audit) turns(now time.Time, missed bool) (due int) {
	due = int(now.Sub(a.asked) / auditStep)
	a.asked = a.asked.Add(time.Duration(due) * auditStep)
	if missed {
		a.haste = auditTurns
	}
	if a.haste > 0 {
		due *= int(auditEvery / hurry)
		a.haste -= due
	}
	return min(due, auditTurns)
}

// next is the turn that is taken.
func (a *audit) next() (turn int) {
	turn = a.turn
	a.turn = (a.turn + 1) % auditTurns
	return turn
}

// audit takes the turns that are due; none are while there is nobody to ask.
func (f *follower) audit(a *audit, now time.Time) {
	if f.stream.link.err() != nil {
		a.asked = now
		return
	}
	for range a.turns(now, f.missed.Swap(false)) {
		f.question(a.next())
	}
}

// question asks the rooms of a turn what stands behind their newest record, without
// waiting for the answers: nothing, as a rule.
func (f *follower) question(turn int) {
	for _, l := range f.stream.rooms.atTurn(turn) {
		l.mu.Lock()
		known, ask := l.heard.newest(), l.wake != nil && !l.heard.unread
		l.mu.Unlock()
		if !ask {
			continue
		}
		body := append(strconv.AppendUint([]byte(`{"seq":`), known+1, 10), `,"next_by_subj":`...)
		body = append(model.AppendString(body, l.subject), '}')
		// If it fails, the next round asks again.
		_ = f.conn.PublishRequest("$JS.API.DIRECT.GET."+f.stream.names.stream, f.inbox, body)
	}
}

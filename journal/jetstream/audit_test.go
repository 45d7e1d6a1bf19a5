package jetstream

import (
	"testing"
	"time"
)

// However many rooms there are, and come and go, each is asked every auditEvery; and all
// are within hurry when something may have been missed.
func TestAuditAsksEachRoomInTime(t *testing.T) {
	for _, count := range []int{1, 10, 99, 101, 1000} {
		var open rooms
		now := time.Unix(0, 0)
		asked, audit := make(map[*log]time.Time), audit{asked: now}
		add := func() {
			l := &log{room: "r"}
			open.add(l)
			asked[l] = now
		}
		for range count {
			add()
		}
		step := func(missed bool) {
			now = now.Add(auditStep)
			for range audit.turns(now, missed) {
				for _, l := range open.atTurn(audit.next()) {
					asked[l] = now
				}
			}
		}
		for i := range 1000 {
			if i%7 == 0 { // one room goes, another comes
				for l := range asked {
					open.remove(l)
					delete(asked, l)
					break
				}
				add()
			}
			step(false)
			for l, at := range asked {
				if now.Sub(at) > auditEvery {
					t.Fatalf("with %d rooms one at turn %d was not asked for %v", count, l.turn, now.Sub(at))
				}
			}
		}
		begin := now
		for range int(hurry/auditStep) + 1 {
			step(now.Equal(begin))
		}
		for l, at := range asked {
			if !at.After(begin) {
				t.Fatalf("in a hurry, with %d rooms, one at turn %d was not asked", count, l.turn)
			}
		}
	}
}

// A process that stood still asks each room once, and not once for each turn it has missed.
func TestAuditAfterAStandstill(t *testing.T) {
	now := time.Unix(0, 0)
	a := audit{asked: now}
	if got := a.turns(now.Add(time.Hour), true); got != auditTurns {
		t.Errorf("%d turns", got)
	}
	if got := a.turns(now.Add(time.Hour+auditStep), false); got != 1 {
		t.Errorf("then %d", got)
	}
}

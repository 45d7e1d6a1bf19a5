package room

import (
	"sync"
	"time"
)

// alarm is the one timer of a room: it rings when the earliest of its leases,
// grants and entries may be over. Who rings finds out what is.
type alarm struct {
	registry *Registry
	ring     func()

	mu      sync.Mutex
	at      time.Time // when it rings; only if timer is set
	timer   *time.Timer
	stopped bool
}

// by lets the alarm ring at the moment, or before.
func (a *alarm) by(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.registry.config.Now()
	switch {
	case a.stopped:
		return
	case a.timer == nil, at.Before(a.at):
	case a.at.After(now):
		return
	default:
		// It should have rung: what it waits for is a time of the wall, and that clock was
		// put right.
		at = a.at
	}
	if !a.disarmLocked() {
		return // it rings at this moment, and who rings looks for what comes next
	}
	a.at = at
	a.registry.timers.Add(1)
	a.timer = time.AfterFunc(max(0, at.Sub(now)), func() {
		defer a.registry.timers.Done()
		a.mu.Lock()
		a.timer = nil // no other was set since it rings
		a.mu.Unlock()
		a.ring()
	})
}

// disarmLocked reports false if it is too late: the alarm rings at this moment.
func (a *alarm) disarmLocked() bool {
	if a.timer == nil {
		return true
	}
	if !a.timer.Stop() {
		return false
	}
	a.registry.timers.Done()
	a.timer = nil
	return true
}

// stop disarms the alarm for good.
func (a *alarm) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	a.disarmLocked()
}

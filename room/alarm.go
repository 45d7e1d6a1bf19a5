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
	if a.stopped {
		return
	}
	now := a.registry.config.Now()
	if a.timer != nil && !at.Before(a.at) {
		if a.at.After(now) {
			return
		}
		// It should have rung: what it waits for is a time of the wall, and that clock was
		// put right. Or it is about to.
		if !a.timer.Stop() {
			return
		}
		a.registry.timers.Done()
		at, a.timer = a.at, nil
	}
	a.disarmLocked()
	a.at = at
	a.registry.timers.Add(1)
	var timer *time.Timer
	timer = time.AfterFunc(max(0, at.Sub(now)), func() {
		defer a.registry.timers.Done()
		a.mu.Lock()
		if a.timer == timer { // and not one that was set while this one rang
			a.timer = nil
		}
		a.mu.Unlock()
		a.ring()
	})
	a.timer = timer
}

func (a *alarm) disarmLocked() {
	if a.timer != nil && a.timer.Stop() {
		a.registry.timers.Done()
	}
	a.timer = nil
}

// stop disarms the alarm for good.
func (a *alarm) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	a.disarmLocked()
}

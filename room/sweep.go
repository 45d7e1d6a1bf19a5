package room

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"session-store/journal"
)

const (
	// lookEvery is how often a node looks at the others, and at its journal; more often
	// if peers have so little time that it would not see that it stood still.
	lookEvery = time.Second
	// patience is how long a node keeps its streams while it is cut off from its
	// journal: what is over in a moment should not send everybody elsewhere.
	patience = 3 * time.Second
	// sweepEvery is for rooms that nobody answers for and that no sweep has found,
	// sweepAgain when one did not learn of all.
	sweepEvery = time.Hour
	sweepAgain = 30 * time.Second
)

// Run looks at the other nodes and at the journal until ctx is done:
//
//	a node has gone ─▶ its peers in the rooms that are open here: review
//	                └▶ when their time is over, in all other rooms: sweep
//	cut off from the journal ─▶ the streams end, their readers go elsewhere
//
// A node that begins sweeps too: sessions that were there before it, and whose
// peers do not come back, must end.
func (g *Registry) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	sweep, again := make(chan struct{}, 1), atomic.Bool{}
	group.Go(func() {
		for {
			select {
			case <-sweep:
				again.Store(!g.sweep(ctx))
			case <-ctx.Done():
				return
			}
		}
	})
	w := watch{registry: g, readyAt: g.config.Now(), sweepAt: g.nodes.started.Add(g.config.PeerTimeout)}
	if !g.nodes.alone() {
		// To hear of peers whose nodes are not there any more; then their time begins.
		w.sweepAt = g.nodes.started.Add(introduction)
	}
	ticker := time.NewTicker(min(lookEvery, g.nodes.standstill/4))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if again.Swap(false) {
				w.sweepAt = g.config.Now().Add(sweepAgain)
			}
			if w.look(g.config.Now()) {
				select {
				case sweep <- struct{}{}:
				default: // one is about to begin
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// watch is what Run has seen so far.
type watch struct {
	registry *Registry
	readyAt  time.Time
	sweepAt  time.Time
	// lostAt is when the time of the peers is over whose node has gone last.
	lostAt time.Time
}

// look reports whether it is time to sweep.
func (w *watch) look(now time.Time) (sweep bool) {
	g := w.registry
	if g.nodes.alone() {
		g.nodes.look(now)
	} else {
		w.lookAtJournal(now)
		if g.nodes.update(g.config.Journal.Nodes(), now) {
			for _, r := range g.all() {
				r.leases.review()
			}
			w.lostAt = now.Add(g.config.PeerTimeout)
			if w.sweepAt.After(w.lostAt) {
				w.sweepAt = w.lostAt
			}
		}
	}
	if now.Before(w.sweepAt) || !g.nodes.first() || g.config.Journal.Ready() != nil {
		return false
	}
	if w.sweepAt = now.Add(sweepEvery); w.lostAt.After(now) {
		w.sweepAt = w.lostAt
	}
	return true
}

// lookAtJournal cuts the streams off when the node is cut off itself, and takes new
// ones when it is back.
func (w *watch) lookAtJournal(now time.Time) {
	g := w.registry
	err := g.config.Journal.Ready()
	if err == nil {
		w.readyAt = now
		g.nodes.look(now)
		if g.setCutOff(false) {
			g.config.Log.Info("back at the journal")
		}
		return
	}
	if now.Sub(w.readyAt) > patience && g.setCutOff(true) {
		g.config.Log.Error("cut off from the journal: streams are sent elsewhere", "error", err)
	}
}

// sweep opens each room that is not open here, so that it ends if nobody answers
// for its peers any more and they are silent. It reports false if it did not
// learn of all of them.
func (g *Registry) sweep(ctx context.Context) (done bool) {
	begin, count := g.config.Now(), 0
	for name, err := range g.config.Journal.Rooms(ctx) {
		if err != nil {
			g.config.Log.Error("looking for rooms that nobody answers for failed", "error", err)
			return false
		}
		if ctx.Err() != nil {
			return true
		}
		if g.isOpen(name) {
			continue
		}
		r, err := g.open(ctx, name)
		if err != nil {
			g.config.Log.Error("looking at a room failed", "room", name, "error", err)
			if errors.Is(err, journal.ErrVersion) {
				continue
			}
			return false // the next one would not be reached either
		}
		count++
		r.ring()
		r.dropIfEmpty()
	}
	g.config.Log.Debug("looked at all rooms", "rooms", count, "elapsed", g.config.Now().Sub(begin))
	return true
}

package room

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"session-store/journal"
	"session-store/model"
)

// What other nodes have stored comes to a room in two ways: the journal wakes it,
// and it asks the journal before it says no to somebody whom another node may
// have let in.
//
//	wake ──▶ follow ──▶ Log.Heard ─┐
//	refresh, ErrBehind ─▶ Log.Read ┴─▶ applyLocked

// wake is told that another node has written. What comes while one is about to
// look is seen by that one.
func (r *Room) wake() {
	if !r.woken.Swap(true) {
		r.registry.background.Go(r.follow)
	}
}

func (r *Room) follow() {
	r.write.Lock()
	defer r.write.Unlock()
	r.woken.Store(false)
	if r.dead || !r.loaded {
		return
	}
	var err error
	if records, ok := r.log.Heard(r.seq); ok {
		r.applyAllLocked(records)
	} else {
		err = r.catchUpLocked(context.Background())
	}
	if err != nil {
		// The journal wakes again when it is back.
		r.registry.config.Log.Debug("following a room failed", "room", r.name, "error", err)
	}
}

// refreshes lets all who want to see the newest session share one look at the
// journal: whoever guesses tokens must not keep it busy.
type refreshes struct {
	mu sync.Mutex
	// next is the look that has not begun yet, or nil.
	next *refresh
}

type refresh struct {
	done chan struct{}
	err  error
}

// join gives the next look, and whether the caller has to take it.
func (s *refreshes) join() (next *refresh, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first = s.next == nil; first {
		s.next = &refresh{done: make(chan struct{})}
	}
	return s.next, first
}

// begin closes the next look to those who come from now on.
func (s *refreshes) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = nil
}

// refresh makes the session what it is in the journal at the moment.
func (r *Room) refresh(ctx context.Context) error {
	look, first := r.refreshes.join()
	if !first {
		<-look.done // in bounded time, as all that a journal does
		return look.err
	}
	defer close(look.done)
	r.write.Lock()
	defer r.write.Unlock()
	r.refreshes.begin()
	if r.dead {
		look.err = errDead
	} else {
		look.err = r.catchUpLocked(ctx)
	}
	return look.err
}

// await makes sure that the room has got as far as a reader has who comes from
// another node, within a bounded time: nobody knows whether the position has ever
// been.
func (r *Room) await(ctx context.Context, at model.Position) error {
	for wait := 10 * time.Millisecond; r.isBehind(at); wait *= 4 {
		if err := r.refresh(ctx); err != nil {
			return err
		}
		if wait > time.Second || !r.isBehind(at) {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (r *Room) isBehind(at model.Position) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	now := r.session.Position()
	return at.Session == now.Session && at.Revision > now.Revision
}

// catchUpLocked applies what others have stored.
func (r *Room) catchUpLocked(ctx context.Context) error {
	records, err := r.readLocked(context.WithoutCancel(ctx))
	if err != nil {
		err = unavailable(fmt.Errorf("read room %s: %w", r.name, err))
		if errors.Is(err, journal.ErrVersion) && r.loaded {
			r.stopLocked(err)
		}
		return err
	}
	r.unsure = false
	r.applyAllLocked(records)
	return nil
}

func (r *Room) applyAllLocked(records []journal.Record) {
	if len(records) > 0 {
		r.ahead = nil
	}
	for _, record := range records {
		for _, change := range record.Changes {
			if r.dead { // what follows is another session, and another Room
				return
			}
			r.applyLocked(record.Seq, change)
		}
	}
}

// stopLocked lets go of a room that cannot go on here. Its streams go elsewhere.
func (r *Room) stopLocked(err error) {
	r.registry.config.Log.Error("a room cannot go on here", "room", r.name, "error", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hub != nil {
		r.hub.Close()
	}
	r.dieLocked()
}

package room

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"session-store/journal"
	"session-store/model"
	"session-store/trace"
)

// wish is a mutation on its way to a change. Room.write guards it from the moment
// it stands in the queue.
type wish struct {
	mutation model.Mutation
	// caller must still be there when it is decided on; nil is the room itself.
	caller *Caller
	// own is what the room wishes itself: if others have done it, nothing is lost.
	own bool
	// span is that of the caller, who may wait for somebody else to settle it.
	span trace.Span

	settled bool
	change  *model.Change // nil: there was nothing to change, or err
	// at is where the session stood when it was decided on, and behind the change.
	at  model.Position
	err error
}

// What is committed as one record is bounded, so that it stays small beside what a
// journal takes: NATS has 1 MiB for a message.
const (
	maxTogether      = 128
	maxTogetherBytes = 128 << 10
)

// queue has the wishes of those who wait for Room.write: whoever gets it commits
// them all, in one record, so that a hot room is not bound to one write for each
// round trip of its journal.
type queue struct {
	mu     sync.Mutex
	wishes []*wish
}

func (q *queue) add(w *wish) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wishes = append(q.wishes, w)
}

func (q *queue) take() []*wish {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.wishes
	q.wishes = nil
	return taken
}

// do is the one way by which a session changes: when it returns, the wish is
// settled.
func (r *Room) do(ctx context.Context, w *wish) {
	tracer := r.registry.config.Tracer
	w.span = tracer.Current(ctx)
	if r.write.TryLock() {
		defer r.write.Unlock()
		r.commitLocked(ctx, append(r.queue.take(), w))
		return
	}
	_, waiting := tracer.Start(ctx, "wait")
	r.queue.add(w)
	r.write.Lock()
	defer r.write.Unlock()
	waiting.End()
	if !w.settled {
		r.commitLocked(ctx, r.queue.take())
	}
}

// doLocked is do for whoever holds Room.write.
func (r *Room) doLocked(ctx context.Context, m model.Mutation) (*model.Change, error) {
	w := &wish{mutation: m, own: true}
	r.commitLocked(ctx, []*wish{w})
	return w.change, w.err
}

// commitLocked settles all of the wishes, in their order. It does not end because
// one who waits has gone: the others have not.
func (r *Room) commitLocked(ctx context.Context, wishes []*wish) {
	ctx, span := r.commitSpan(context.WithoutCancel(ctx), wishes)
	defer span.End()
	// That nothing is to change, or may, is only true of the newest session. Alone,
	// it is always here.
	newest := r.registry.nodes.alone()
	for len(wishes) > 0 {
		some := wishes[:min(len(wishes), maxTogether)]
		done, err := r.commitSomeLocked(ctx, some, newest)
		if err != nil {
			done = len(some)
			fail(some, err)
		}
		newest = newest || done == 0
		for _, w := range some[:done] {
			w.settled = true
		}
		wishes = wishes[done:]
	}
	r.compactLocked(ctx)
}

// commitSomeLocked settles the first of the wishes, and says how many: none if it
// had to catch up with others, and all must be decided again.
func (r *Room) commitSomeLocked(ctx context.Context, wishes []*wish, newest bool) (done int, err error) {
	if r.dead {
		return 0, errDead
	}
	changes, done := r.decideLocked(wishes)
	if len(changes) == 0 {
		if !newest && !wishes[0].own {
			return 0, r.catchUpLocked(ctx)
		}
		return done, nil
	}
	seq, err := r.appendLocked(ctx, changes)
	if err != nil {
		r.ahead = nil
		if errors.Is(err, journal.ErrBehind) {
			return 0, r.catchUpLocked(ctx)
		}
		if !errors.Is(err, journal.ErrTooLarge) { // which stores nothing, and says nothing of what was before
			r.unsure = true
		}
		return 0, unavailable(fmt.Errorf("append to room %s: %w", r.name, err))
	}
	defer r.publishSpan(ctx, changes).End()
	for _, change := range changes {
		r.noteLocked(change)
		r.applyLocked(seq, change)
	}
	return done, nil
}

// decideLocked decides on the wishes one after the other, each on the session as
// the ones before will have made it, and says on how many: an end is the last, and
// a record has only so many bytes.
func (r *Room) decideLocked(wishes []*wish) (changes []*model.Change, done int) {
	on := r.session
	if len(wishes) > 1 {
		// The session itself must not show what is not stored yet.
		if r.ahead == nil {
			r.ahead = r.session.Clone()
		}
		on = r.ahead
	} else {
		r.ahead = nil
	}
	size := 0
	for i, w := range wishes {
		if size > maxTogetherBytes {
			return changes, i
		}
		w.change, w.err = r.decideOne(on, w)
		w.at = on.Position()
		if w.change == nil {
			continue
		}
		w.at = w.change.Position()
		changes = append(changes, w.change)
		for _, entry := range w.change.Set {
			size += entry.Size()
		}
		if w.change.Ends {
			r.ahead = nil
			return changes, i + 1
		}
		if on == r.ahead {
			on.Apply(w.change)
		}
	}
	return changes, len(wishes)
}

func (r *Room) decideOne(on *model.Session, w *wish) (*model.Change, error) {
	if w.caller != nil && !w.caller.isThere(on) {
		return nil, w.caller.errGone()
	}
	switch m := w.mutation.(type) {
	case *model.Write:
		// Only now, so that the times of a session rise as its revisions do.
		m.At = r.now()
	case model.Join:
		if err := r.admitLocked(on); err != nil {
			return nil, err
		}
	}
	return on.Decide(w.mutation)
}

// admitLocked counts the room, if a session is about to begin.
func (r *Room) admitLocked(on *model.Session) error {
	if r.begun || on.ID() != "" {
		return nil
	}
	if err := r.registry.admit(); err != nil {
		return err
	}
	r.begun = true
	return nil
}

func fail(wishes []*wish, err error) {
	for _, w := range wishes {
		w.change, w.err = nil, err
	}
}

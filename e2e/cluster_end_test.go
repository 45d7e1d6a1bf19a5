package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"session-store/e2e/peer"
)

// How a storm ends: a last write that all see, a look at everything, and the end of
// the sessions.

// lastKey is written when nobody writes any more.
const lastKey = "last"

func (s *storm) writeLast(ctx context.Context) {
	for _, w := range s.writers[:stormRooms] {
		err := soon(patience, func() error {
			// What goes by itself must have gone: it would be a write after the last.
			store, err := w.At(s.nodes[0].url).Call(ctx, "GET", "/store", "")
			if err == nil && strings.Contains(store.Field("entries"), ".flash") {
				err = fmt.Errorf("%s: an entry is over and is there: %s", w.history.room, store.Body)
			}
			return err
		})
		if err == nil {
			err = soon(patience, func() error {
				answer, outcome := w.write(ctx, "PUT", "/store/"+lastKey, `{"value":1}`, map[string]string{lastKey: "1"}, "If-None-Match", "*")
				if outcome == answered && (answer.Status == http.StatusCreated || answer.Status == http.StatusPreconditionFailed) {
					return nil
				}
				return fmt.Errorf("%s: the last write is answered %d: %s", w.history.room, answer.Status, answer.Body)
			})
		}
		if err != nil {
			s.t.Error(err)
		}
	}
}

// check wants that the nodes have the same, that it is what was answered and told,
// and that the observers have it.
func (s *storm) check() {
	for i, h := range s.histories {
		var stores []peer.Answer
		for _, n := range s.nodes {
			stores = append(stores, s.lastStore(s.writers[i], n))
		}
		h.check(stores[0])
		for j, store := range stores {
			if store.Field("entries") != stores[0].Field("entries") {
				s.fault("%s: node 0 has %s\nnode %d has %s", h.room, stores[0].Body, j, store.Body)
			}
		}
		for _, o := range s.observers {
			if o.history == h {
				s.checkObserver(o, stores[0])
			}
		}
	}
}

// lastStore is what a node has once it has heard of the last write.
func (s *storm) lastStore(w *writer, n *node) (store peer.Answer) {
	err := soon(patience, func() (err error) {
		store, err = w.At(n.url).Call(s.t.Context(), "GET", "/store", "")
		if err == nil && !strings.Contains(store.Field("entries"), `"`+lastKey+`":`) {
			err = fmt.Errorf("%s has not heard of the last write in %s", n.name, w.history.room)
		}
		return err
	})
	if err != nil {
		s.fault("%v", err)
	}
	return store
}

func (s *storm) checkObserver(o *observer, store peer.Answer) {
	if err := o.replica.Equal(store); err != nil {
		s.fault("observer %s of %s: %v", o.ID, o.history.room, err)
	}
	if o.replica.Snapshots != 1 {
		s.fault("observer %s of %s was sent %d snapshots", o.ID, o.history.room, o.replica.Snapshots)
	}
	if meant := s.crowd.in(o.history.room); !maps.Equal(o.crowd.There, meant) {
		s.fault("observer %s of %s was told of the peers %v, there are %v", o.ID, o.history.room, o.crowd.There, meant)
	}
}

// leave lets all go: with the last of a room its session is over, on all nodes.
func (s *storm) leave(ctx context.Context) {
	members := append([]*member(nil), s.heartbeats...)
	for _, w := range s.writers {
		members = append(members, w.member)
	}
	for _, o := range s.observers {
		members = append(members, o.member)
	}
	for _, m := range members {
		if answer, outcome := m.call(ctx, "POST", "/leave", ""); outcome != answered || answer.Status != http.StatusNoContent {
			s.fault("%s of %s cannot leave: %d %s", m.ID, m.history.room, answer.Status, answer.Body)
		}
	}
	for _, h := range s.histories {
		for _, n := range s.nodes {
			p := s.join(ctx, n.url, h.room)
			if p == nil || p.Session == h.session {
				s.fault("%s goes on with session %s of %s after its end", n.name, h.session, h.room)
				continue
			}
			if answer, err := p.Call(ctx, "POST", "/leave", ""); err != nil || answer.Status != http.StatusNoContent {
				s.fault("the only peer of %s cannot leave: %d, %v", h.room, answer.Status, err)
			}
		}
	}
}

// String is what the clients have seen.
func (s *storm) String() string {
	writes, unknowns, holes, conflicts, told, silence := 0, 0, 0, 0, 0, time.Duration(0)
	for _, h := range s.histories {
		writes, unknowns, holes, conflicts = writes+len(h.answered), unknowns+h.unknown, holes+h.holes, conflicts+h.conflicts
		told, silence = told+len(h.seen), max(silence, h.silence)
	}
	moves, sent, refused, snapshots, again := 0, 0, 0, 0, 0
	for _, o := range s.observers {
		moves, sent, refused = moves+o.moves, sent+o.sent, refused+o.refused
		snapshots, again = snapshots+o.replica.Snapshots-1, again+o.crowd.Again
	}
	return fmt.Sprintf("%d writes answered, %d of unknown outcome, %d revisions that nobody was told of, %d conflicts, %v the longest time without an answer; "+
		"%d observers: %d revisions told, %d moves, %d streams ended under them, %d refused, %d snapshots beyond the first, "+
		"%d times told of a peer that had gone; %d peers heard by no node in time; %d vanished, the last was removed %v after the storm",
		writes, unknowns, holes, conflicts, silence.Round(time.Millisecond), len(s.observers), told, moves, sent, refused, snapshots, again,
		s.crowd.late, s.crowd.vanished, s.crowd.goneAfter.Round(time.Millisecond))
}

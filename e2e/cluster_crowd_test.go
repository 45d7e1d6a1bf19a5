package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// crowd is who is meant to be in the rooms of a storm.
type crowd struct {
	mu    sync.Mutex
	peers map[string]*known
	// vanished counts those that have fallen silent, late those that no node has
	// heard of for too long, though they tried; goneAfter is when the last was removed,
	// after all was well.
	vanished, late int
	goneAfter      time.Duration
}

// known is a peer that somebody was told of; one whose join was not answered is
// nobody's, and is removed as silent.
type known struct {
	room string
	// seen is the last sign of life that a node has taken note of.
	seen time.Time
	// gone is since when it is not meant to be there any more, or zero.
	gone time.Time
}

func (c *crowd) add(id, room string, seen time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers[id] = &known{room: room, seen: seen}
}

func (c *crowd) sign(id string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers[id].seen = at
}

// remove is for one that leaves.
func (c *crowd) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers[id].gone = time.Now()
}

// vanish is for one that will say nothing any more.
func (c *crowd) vanish(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vanished++
	c.peers[id].gone = c.peers[id].seen
}

// lose is for one that is not there any more. That is wrong if it was meant to be,
// and was not silent for too long.
func (c *crowd) lose(id string) (silence time.Duration, wrong bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loseLocked(c.peers[id])
}

func (c *crowd) loseLocked(p *known) (silence time.Duration, wrong bool) {
	silence = time.Since(p.seen)
	if p.gone.IsZero() {
		p.gone = time.Now()
		if wrong = silence < stormPeerTimeout; !wrong {
			c.late++
		}
	}
	return silence, wrong
}

// in gives the peers that are meant to be in the room.
func (c *crowd) in(room string) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	peers := make(map[string]bool)
	for id, p := range c.peers {
		if p.room == room && p.gone.IsZero() {
			peers[id] = true
		}
	}
	return peers
}

// checkLeft looks at who has gone, as an observer was told, and why: nobody goes by
// timeout who was alive, or before it.
func (s *storm) checkLeft(who string, left map[string]string) {
	s.crowd.mu.Lock()
	defer s.crowd.mu.Unlock()
	for id, reason := range left {
		p := s.crowd.peers[id]
		if p == nil {
			continue
		}
		if silence, wrong := s.crowd.loseLocked(p); wrong {
			s.fault("%s is told that %s has gone (%s), which was alive %v before", who, id, reason, silence)
		} else if reason == "timeout" && silence < stormPeerTimeout {
			s.fault("%s is told that %s has gone (%s), %v after its last call", who, id, reason, silence)
			p.seen = time.Time{} // said once
		}
	}
}

// handPrefix begins keys that go with their peer.
const handPrefix = "hand."

// vanish lets peers join and fall silent.
func (s *storm) vanish(until context.Context) {
	ctx, clock := context.WithoutCancel(until), &member{random: s.randomOf(-1)}
	for clock.pause(until, time.Second, 3*time.Second) {
		history := s.histories[clock.random.IntN(len(s.histories))]
		m := &member{storm: s, history: history, random: clock.random}
		if m.Peer = s.join(ctx, m.someNode(), history.room); m.Peer == nil {
			continue
		}
		hand := &writer{member: m, name: m.ID}
		key := handPrefix + m.ID
		hand.write(ctx, "PUT", "/store/"+key, `{"ephemeral":true,"value":1}`, map[string]string{key: "1"})
		if clock.random.IntN(2) == 0 {
			m.peek(ctx)
		}
		s.crowd.vanish(m.ID)
	}
}

// awaitGone waits until all nodes name those that are meant to be there and nobody
// else, and nothing is left of the others.
func (s *storm) awaitGone() {
	begin := time.Now()
	err := soon(stormPeerTimeout+goneWithin, func() error {
		for _, w := range s.writers[:stormRooms] {
			for _, n := range s.nodes {
				if err := s.checkCrowd(w, n); err != nil {
					return fmt.Errorf("%s, %s: %w", w.history.room, n.name, err)
				}
			}
		}
		return nil
	})
	s.crowd.goneAfter = time.Since(begin)
	if err != nil {
		s.fault("silent peers: %v", err)
	}
}

func (s *storm) checkCrowd(w *writer, n *node) error {
	answer, err := w.At(n.url).Call(s.t.Context(), "GET", "/peers", "")
	if err != nil {
		return err
	}
	var list struct{ Peers []struct{ ID string } }
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		return err
	}
	meant := s.crowd.in(w.history.room)
	for _, p := range list.Peers {
		if !meant[p.ID] {
			return fmt.Errorf("%s is still there", p.ID)
		}
	}
	if len(list.Peers) != len(meant) {
		return fmt.Errorf("%d peers are there, of %d", len(list.Peers), len(meant))
	}
	store, err := w.At(n.url).Call(s.t.Context(), "GET", "/store", "")
	if err == nil && strings.Contains(store.Field("entries"), `"`+handPrefix) {
		err = fmt.Errorf("the hand of one who has gone is there: %s", store.Body)
	}
	return err
}

package room_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"session-store/model"
)

// storm is nodes that come and go, peers that wander between them, and readers: the
// invariants must hold all along.
type storm struct {
	*cluster
	random *rand.Rand
	nodes  []*clusterNode
	peers  []*wanderer
	count  int
	newest map[string]uint64 // the newest answered revision of each session
}

// The same seeds each time; FuzzStorm looks for others.
func TestOrderInAStormOfNodes(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { stormOf(t, seed) })
	}
}

func FuzzStorm(f *testing.F) {
	f.Add(uint64(1000))
	f.Fuzz(stormOf)
}

func stormOf(t *testing.T, seed uint64) {
	clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
		s := &storm{cluster: c, random: rand.New(rand.NewPCG(seed, 0)), nodes: nodes, newest: make(map[string]uint64)}
		defer func() {
			for _, n := range s.nodes {
				n.stop()
			}
		}()
		for range 200 {
			time.Sleep(time.Duration(s.random.IntN(4000)) * time.Millisecond)
			s.stayAlive()
			s.step()
			synctest.Wait()
			s.read()
		}
		s.heal()
		s.check()
	})
}

// well is a node that is not cut off.
func (s *storm) well() *clusterNode {
	for {
		if n := s.nodes[s.random.IntN(len(s.nodes))]; !s.isCut(n) {
			return n
		}
	}
}

func (s *storm) isCut(n *clusterNode) (cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return n.member.cut
}

func (s *storm) step() {
	switch s.random.IntN(13) {
	case 12:
		s.clock.standStill(time.Duration(s.random.IntN(60)) * time.Second)
	case 0:
		s.kill()
	case 1:
		s.nodes = append(s.nodes, s.start())
	case 2, 3:
		n := s.nodes[s.random.IntN(len(s.nodes))]
		s.set(func() { n.member.deaf = !n.member.deaf })
		n.member.logf("deaf: %v", n.member.deaf)
	case 4:
		n := s.nodes[s.random.IntN(len(s.nodes))]
		if others := s.nodes[(s.random.IntN(len(s.nodes)))]; others != n && !s.isCut(others) {
			n.member.logf("cut off")
			s.set(func() { n.member.cut = true })
		}
	case 5:
		s.Log("nobody is cut off")
		s.set(func() {
			for _, n := range s.nodes {
				n.member.cut = false
			}
		})
	case 6:
		s.join()
	case 7:
		s.silence()
	default:
		s.write()
	}
}

func (s *storm) join() {
	s.count++
	p := &wanderer{id: fmt.Sprintf("peer%d", s.count), called: time.Now(), entries: map[string]string{}}
	_, p.token = s.well().joinAs("room", p.id, nil)
	s.peers = append(s.peers, p)
}

// kill ends a node without a word to the others, if a well one is left.
func (s *storm) kill() {
	victim, other := s.nodes[s.random.IntN(len(s.nodes))], s.well()
	if victim == other {
		return
	}
	for _, p := range s.peers {
		if p.node == victim {
			s.lose(p)
		}
	}
	victim.member.logf("dies")
	victim.stop()
	s.nodes = remaining(s.nodes, victim)
}

func remaining(nodes []*clusterNode, without *clusterNode) (left []*clusterNode) {
	for _, n := range nodes {
		if n != without {
			left = append(left, n)
		}
	}
	return left
}

func (s *storm) write() {
	alive := s.alive()
	if len(alive) == 0 {
		return
	}
	n := s.well()
	caller := s.enter(alive[s.random.IntN(len(alive))], n)
	s.count++
	w := set(fmt.Sprint("k", s.random.IntN(8)), fmt.Sprint(s.count))
	if s.random.IntN(4) == 0 {
		w = remove(fmt.Sprint("k", s.random.IntN(8)))
	}
	at := n.write(caller, w).Position
	if at.Revision < s.newest[at.Session] {
		s.Fatalf("a write makes %v, another one was answered with %d before", at, s.newest[at.Session])
	}
	s.newest[at.Session] = at.Revision
}

// heal ends all faults, and lets silent peers go.
func (s *storm) heal() {
	s.set(func() {
		for _, n := range s.nodes {
			n.member.cut, n.member.deaf = false, false
		}
	})
	for range 30 {
		time.Sleep(4 * time.Second)
		s.stayAlive()
		synctest.Wait()
		s.read()
	}
}

// check wants that all nodes and all readers have the same.
func (s *storm) check() {
	for _, p := range s.peers {
		if p.silentAt.IsZero() {
			continue
		}
		for _, n := range s.nodes {
			if _, err := n.enter("room", p.token); err == nil {
				s.Errorf("%s, silent for %v, is still there", p.id, time.Since(p.silentAt))
			}
		}
	}
	var want map[string]string
	for _, p := range s.alive() {
		for _, n := range s.nodes {
			caller := s.enter(p, n)
			entries, at, err := caller.Entries(model.AllKeys())
			if err != nil {
				s.Fatal(err)
			}
			got := map[string]string{"": at.String()}
			for _, entry := range entries {
				got[entry.Key] = string(entry.JSON())
			}
			if want == nil {
				want = got
			}
			if !maps.Equal(got, want) {
				s.Errorf("%s has\n%v\nanother node has\n%v", n.member.name, got, want)
			}
		}
		s.read()
		if p.stream != nil {
			p.entries[""] = p.at.String()
			if !maps.Equal(p.entries, want) {
				s.Errorf("%s holds\n%v\nthe nodes have\n%v", p.id, p.entries, want)
			}
		}
		s.lose(p)
	}
}

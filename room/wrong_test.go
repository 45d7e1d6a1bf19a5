package room_test

import (
	"testing"
	"time"

	"session-store/model"
	"session-store/room"
)

// A node that the others do not hear, though it reaches the journal, is taken for gone;
// it learns of that and keeps its peers.
func TestNodeThatIsNotHeardKeepsItsPeers(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, _ := a.joinAs("room", "ann", nil)
		a.joinAs("room", "away", nil)
		b.joinAs("room", "ben", nil)
		stream := a.observe(ann, room.Observe{Keys: model.AllKeys(), Peers: true})
		a.wantTold(stream, "snapshot@0 | peers ann away ben")
		c.set(func() { a.member.mute = true })
		time.Sleep(5 * timeout)
		a.wantTold(stream, "peers -away timeout | peers -ben timeout")
	})
}

// A node that loses sight of the journal for a moment claims its peers late; they are
// not removed by one that has seen all along.
func TestNodeThatWasBlindForAMomentKeepsItsPeers(t *testing.T) {
	clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
		a, b, third := nodes[0], nodes[1], nodes[2]
		_, token := a.joinAs("room", "ann", nil)
		cat, _ := third.joinAs("room", "cat", nil)
		third.observe(cat, everything)
		on := func(n *clusterNode) *room.Caller {
			there, err := n.enter("room", token)
			if err != nil {
				c.Fatal(err)
			}
			return there
		}
		stream := b.observe(on(b), everything)
		b.wantTold(stream, "snapshot@0")
		a.observe(on(a), everything) // a second tab: A answers for it now
		time.Sleep(40 * time.Second)
		a.stop()
		for range 4 {
			time.Sleep(6500 * time.Millisecond)
			c.set(func() { b.member.unready = true })
			time.Sleep(1500 * time.Millisecond)
			c.set(func() { b.member.unready = false })
		}
		time.Sleep(2 * timeout)
		b.wantTold(stream, "")
	})
}

// A journal that is away for a moment again and again keeps nobody who is silent.
func TestNodeThatIsOftenBlindRemovesTheSilent(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		nodes[0].joinAs("room", "ann", nil)
		for range 6 {
			time.Sleep(12 * time.Second)
			c.set(func() { c.away = true })
			time.Sleep(1100 * time.Millisecond)
			c.set(func() { c.away = false })
		}
		nodes[0].wantPeers(0)
	})
}

// A peer that was stored, though its join was answered with an error, goes as any that is
// silent, whether the room is asked for again or not.
func TestPeerOfALostAnswerGoes(t *testing.T) {
	for name, tt := range map[string]struct{ others, tooLarge bool }{
		"in a room with others": {others: true}, "alone": {}, "and another join is too large": {tooLarge: true},
	} {
		t.Run(name, func(t *testing.T) {
			clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
				b := nodes[1] // not the one that sweeps
				c.set(func() { b.member.lossy = true })
				_, err := b.Join(c.Context(), "room", model.Peer{ID: "ghost", Name: "Ghost"})
				b.wantCode(err, model.Unavailable)
				c.set(func() { b.member.lossy, b.member.narrow = false, tt.tooLarge })
				if tt.tooLarge {
					_, err := b.Join(c.Context(), "room", model.Peer{ID: "large", Name: "Large"})
					b.wantCode(err, model.Unavailable)
				}
				c.set(func() { b.member.narrow = false })
				if tt.others {
					ben, _ := nodes[0].joinAs("room", "ben", nil)
					stream := nodes[0].observe(ben, everything)
					defer stream.Close()
				}
				time.Sleep(3 * timeout)
				if !tt.others {
					nodes[0].joinAs("room", "ben", nil)
				}
				nodes[0].wantPeers(1)
			})
		})
	}
}

// Who calls a node that is cut off is told so, and does not believe that it is heard.
func TestNodeThatIsCutOffTakesNoSignsOfLife(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		b := nodes[1]
		_, token := b.joinAs("room", "ann", nil)
		c.set(func() { b.member.cut = true })
		time.Sleep(5 * time.Second)
		_, err := b.enter("room", token)
		b.wantCode(err, model.Unavailable)
		c.set(func() { b.member.cut = false })
		if _, err := b.enter("room", token); err != nil {
			c.Errorf("when it is back: %v", err)
		}
	})
}

// A caller whose room this node has let go of meanwhile has not gone.
func TestCallerOfARoomThatWasLetGoOf(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, token := a.joinAs("room", "ann", nil)
		stream := a.observe(ann, everything)
		defer stream.Close()
		there, err := b.enter("room", token)
		if err != nil {
			c.Fatal(err)
		}
		time.Sleep(3 * timeout)
		_, err = there.Write(c.Context(), set("k", "1"))
		b.wantCode(err, model.Unavailable)
		b.wantCode(there.Leave(c.Context()), model.Unavailable)
		if _, err := b.enter("room", token); err != nil {
			c.Errorf("the next call: %v", err)
		}
	})
}

// A clock of the wall that is put right while the alarm waits for an entry does not keep
// silent peers.
func TestAlarmWhenTheWallClockIsPutRight(t *testing.T) {
	var wall clock
	bubbleOf(t, room.Config{Now: wall.now}, func(n *node) {
		ann, _ := n.join("a")
		stream := n.observe(ann, everything)
		defer stream.Close()
		n.write(ann, lasting(set("k", "1"), 24*time.Hour))
		time.Sleep(time.Minute) // now the alarm is that of the entry
		wall.standStill(25 * time.Hour)
		n.join("a")
		time.Sleep(timeout)
		n.wantPeers(1)
	})
}

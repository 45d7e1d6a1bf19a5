package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/model"
	"session-store/room"
)

func TestNodesShareASession(t *testing.T) {
	clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
		a, b, third := nodes[0], nodes[1], nodes[2]
		ann, token := a.joinAs("room", "ann", nil)
		there, err := b.enter("room", token)
		if err != nil {
			c.Fatalf("a token of the one node on the other: %v", err)
		}
		stream := b.observe(there, room.Observe{Keys: model.AllKeys(), Peers: true})
		b.wantTold(stream, "snapshot@0 | peers ann")
		a.write(ann, set("k", "1"))
		b.wantTold(stream, "update@1 +k")
		_, ben := third.joinAs("room", "ben", nil)
		b.wantTold(stream, "peers +ben")
		elsewhere, err := a.enter("room", ben)
		if err != nil {
			c.Fatal(err)
		}
		if err := elsewhere.Leave(t.Context()); err != nil {
			c.Fatal(err)
		}
		b.wantTold(stream, "peers -ben left")
		if _, err := third.enter("room", ben); err == nil {
			c.Error("a peer that has left on another node comes in")
		}
	})
}

func TestNodesRemoveASilentPeerOnce(t *testing.T) {
	clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
		ann, _ := nodes[0].joinAs("room", "ann", nil)
		_, ben := nodes[1].joinAs("room", "ben", nil)
		if _, err := nodes[2].enter("room", ben); err != nil {
			c.Fatal(err)
		}
		stream := nodes[0].observe(ann, room.Observe{Keys: model.AllKeys(), Peers: true})
		nodes[0].wantTold(stream, "snapshot@0 | peers ann ben")
		time.Sleep(timeout - time.Millisecond)
		nodes[0].wantTold(stream, "")
		time.Sleep(time.Second)
		nodes[0].wantTold(stream, "peers -ben timeout")
		if _, err := nodes[2].enter("room", ben); err == nil {
			c.Error("a peer that was removed comes in")
		}
	})
}

// A peer is alive where it is seen, whichever node it has joined on.
func TestNodesKeepAPeerThatIsAliveElsewhere(t *testing.T) {
	tests := map[string]func(c *cluster, nodes []*clusterNode, ann auth.Token){
		"with a stream on another node": func(c *cluster, nodes []*clusterNode, ann auth.Token) {
			there, err := nodes[1].enter("room", ann)
			if err != nil {
				c.Fatal(err)
			}
			stream := nodes[1].observe(there, everything)
			defer stream.Close()
			time.Sleep(time.Hour)
		},
		"with calls on another node": func(c *cluster, nodes []*clusterNode, ann auth.Token) {
			for range 100 {
				if _, err := nodes[1].enter("room", ann); err != nil {
					c.Fatal(err)
				}
				time.Sleep(timeout - 5*time.Second)
			}
		},
		"with calls on one after the other": func(c *cluster, nodes []*clusterNode, ann auth.Token) {
			for i := range 100 {
				if _, err := nodes[i%3].enter("room", ann); err != nil {
					c.Fatalf("after %d calls: %v", i, err)
				}
				time.Sleep(timeout - 5*time.Second)
			}
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
				_, ann := nodes[0].joinAs("room", "ann", nil)
				begin := time.Now()
				test(c, nodes, ann)
				if _, err := nodes[2].enter("room", ann); err != nil {
					c.Errorf("the peer has gone: %v", err)
				}
				if most := 3 + 2*int(time.Since(begin)/(timeout-5*time.Second)); c.appends() > most {
					c.Errorf("%d records for it, at most %d would do", c.appends(), most)
				}
				time.Sleep(2*timeout + time.Second)
				synctest.Wait()
				if _, err := nodes[2].enter("room", ann); err == nil {
					c.Error("the silent peer has not gone")
				}
			})
		})
	}
}

func TestNodesTakeOverFromOneThatDies(t *testing.T) {
	clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
		a, b, third := nodes[0], nodes[1], nodes[2]
		_, back := a.joinAs("room", "back", nil)
		_, away := a.joinAs("room", "away", nil)
		_, rest := a.joinAs("at-rest", "ann", nil)
		stay, _ := b.joinAs("room", "stay", nil)
		stream := b.observe(stay, room.Observe{Keys: model.AllKeys(), Peers: true})
		b.wantTold(stream, "snapshot@0 | peers away back stay")
		time.Sleep(15 * time.Second)
		a.stop()
		time.Sleep(timeout - time.Second)
		b.wantTold(stream, "") // in time to come back
		again, err := third.enter("room", back)
		if err != nil {
			c.Fatal(err)
		}
		stream2 := third.observe(again, everything)
		time.Sleep(3 * time.Second)
		b.wantTold(stream, "peers -away timeout")
		if _, err := b.enter("room", away); err == nil {
			c.Error("the peer that did not come back is there")
		}
		if _, err := b.enter("at-rest", rest); err == nil {
			c.Error("a room that only the dead node had open is there")
		}
		time.Sleep(time.Hour)
		b.wantTold(stream, "")
		stream2.Close()
		stream.Close()
		time.Sleep(2 * timeout)
		if _, err := third.enter("room", back); err == nil {
			c.Error("the session has not ended")
		}
	})
}

func TestNodeThatIsCutOff(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, token := a.joinAs("room", "ann", nil)
		ben, _ := b.joinAs("room", "ben", nil)
		stream := a.observe(ann, everything)
		a.wantTold(stream, "snapshot@0")
		c.set(func() { a.member.cut = true })
		if a.Ready() == nil {
			c.Error("it is ready")
		}
		_, err := ann.Write(c.Context(), set("k", "1"))
		a.wantCode(err, model.Unavailable)
		time.Sleep(5 * time.Second)
		a.wantTold(stream, "retry")
		stream.Close()
		there, err := b.enter("room", token)
		if err != nil {
			c.Fatal(err)
		}
		elsewhere := b.observe(there, everything)
		b.wantTold(elsewhere, "snapshot@0")
		b.write(ben, set("k", "2"))
		time.Sleep(10 * timeout)
		c.set(func() { a.member.cut = false })
		time.Sleep(2 * time.Second)
		if a.Ready() != nil {
			c.Error("it is not ready")
		}
		ann, err = a.enter("room", token)
		if err != nil {
			c.Fatalf("the peer that was alive on the other node: %v", err)
		}
		stream = a.observe(ann, everything)
		a.wantTold(stream, "snapshot@1 k")
		b.write(there, set("k", "3"))
		a.wantTold(stream, "update@2 +k")
	})
}

// A room that nobody wants on a node is let go of there, and comes back.
func TestNodeLetsGoOfARoom(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, token := a.joinAs("room", "ann", nil)
		a.observe(ann, everything)
		if _, err := b.enter("room", token); err != nil {
			c.Fatal(err)
		}
		if got := b.Stats().Sessions.Load(); got != 1 {
			c.Errorf("%d sessions", got)
		}
		time.Sleep(3 * timeout)
		if got := b.Stats().Sessions.Load(); got != 0 {
			c.Errorf("%d sessions are left on a node where nobody wants them", got)
		}
		for range 100 {
			if _, err := b.enter("room", token); err != nil {
				c.Fatal(err)
			}
			time.Sleep(timeout - 2*time.Millisecond)
		}
	})
}

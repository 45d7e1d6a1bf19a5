package room_test

import (
	"testing"
	"time"

	"session-store/model"
	"session-store/room"
)

// A reader whose node was ahead is not sent a snapshot by one that is behind.
func TestNodeBehindCatchesUpForAReader(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, token := a.joinAs("room", "ann", nil)
		there, err := b.enter("room", token)
		if err != nil {
			c.Fatal(err)
		}
		c.set(func() { b.member.deaf, b.member.unaudited = true, true })
		a.write(ann, set("k", "1"))
		at := a.write(ann, set("k", "2")).Position
		a.write(ann, set("l", "3"))
		stream := b.observe(there, room.Observe{Keys: model.AllKeys(), From: at})
		b.wantTold(stream, "update@3 +l")
		future := at
		future.Revision = 1000
		stream = b.observe(there, room.Observe{Keys: model.AllKeys(), From: future})
		b.wantTold(stream, "snapshot@3 k l")
	})
}

// A snapshot that another node has stored tells a node that was away all there is.
func TestNodeMissesWhatASnapshotHasReplaced(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, _ := a.joinAs("room", "ann", nil)
		ben, token := a.joinAs("room", "ben", nil)
		there, err := b.enter("room", token)
		if err != nil {
			c.Fatal(err)
		}
		cat, _ := b.joinAs("room", "cat", nil)
		gone := b.observe(there, everything)
		stream := b.observe(cat, room.Observe{Keys: model.AllKeys(), Peers: true})
		b.wantTold(gone, "snapshot@0")
		b.wantTold(stream, "snapshot@0 | peers ann ben cat")
		c.set(func() { b.member.deaf, b.member.unaudited = true, true })
		if err := ben.Leave(c.Context()); err != nil {
			c.Fatal(err)
		}
		a.joinAs("room", "dan", nil)
		a.write(ann, set("x", "1"))
		a.write(ann, remove("x"))
		for range 200 {
			a.write(ann, set("k", "1"))
		}
		c.set(func() { b.member.deaf = false })
		b.wantTold(gone, "end@0 left")
		b.wantTold(stream, "update@202 +k -x deleted | peers +dan -ben left")
		a.write(ann, set("k", "2"))
		b.wantTold(stream, "update@203 +k")
		time.Sleep(time.Hour)
		b.wantTold(stream, "peers -ann timeout -dan timeout")
	})
}

func TestNodeMissesTheEndOfASession(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		ann, token := a.joinAs("room", "ann", nil)
		there, err := b.enter("room", token)
		if err != nil {
			c.Fatal(err)
		}
		stream := b.observe(there, everything)
		b.wantTold(stream, "snapshot@0")
		c.set(func() { b.member.deaf, b.member.unaudited = true, true })
		if err := ann.Leave(c.Context()); err != nil {
			c.Fatal(err)
		}
		again, _ := a.joinAs("room", "dan", nil)
		for range 200 {
			a.write(again, set("k", "1"))
		}
		c.set(func() { b.member.deaf = false })
		b.wantTold(stream, "end@0 session_over")
		if _, err := b.enter("room", token); err == nil {
			c.Error("a token of the session before is good for the next")
		}
	})
}

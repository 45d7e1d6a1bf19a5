package room_test

import (
	"fmt"
	"testing"
	"time"

	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

// However a peer goes, its ephemeral entries go with it in one event, and its
// streams are told why.
func TestEphemeralEntriesGoWithTheirPeer(t *testing.T) {
	tests := []struct {
		name, reason string
		grants       *model.Grants
		streams      bool // it has a stream, which keeps it alive
		goes         func(n *node, caller *room.Caller)
	}{
		{"it leaves", "left", nil, true, func(n *node, c *room.Caller) { n.must(c.Leave(n.Context())) }},
		{"it is put out", "kicked", nil, true, func(n *node, _ *room.Caller) { n.must(n.admin("a", time.Hour).PutOut(n.Context(), "ann")) }},
		{"it is silent", "timeout", nil, false, func(n *node, _ *room.Caller) { time.Sleep(30 * time.Second) }},
		{"its grants end", "expired", &model.Grants{Read: model.AllKeys(), Write: model.AllKeys(), Expires: 60_000}, true,
			func(n *node, _ *room.Caller) { time.Sleep(time.Minute) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubbleOf(t, room.Config{}, func(n *node) {
				if tt.grants != nil {
					tt.grants.Expires += in(0)
				}
				ann, token := n.joinAs("a", "ann", tt.grants)
				bob, _ := n.joinAs("a", "bob", nil)
				watching := n.observe(bob, room.Observe{Keys: model.AllKeys(), Peers: true})
				for _, key := range []string{"hand", "lock"} {
					n.write(ann, ephemeral(set(key, "1")))
				}
				n.write(bob, ephemeral(set("hat", "1")))
				var own []*sse.Stream
				if tt.streams {
					own = append(own, n.observe(ann, everything), n.observe(ann, everything))
				}
				n.wantTold(watching, "snapshot@3 hand hat lock | peers ann bob")
				tt.goes(n, ann)
				n.wantTold(watching, "update@4 -hand owner_left -lock owner_left | peers -ann "+tt.reason)
				for _, stream := range own {
					n.wantTold(stream, "end@0 "+tt.reason)
				}
				_, err := n.enter("a", token)
				n.wantCode(err, model.Unauthorized)
			})
		})
	}
}

func (n *node) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

// Several peers that fall silent at one moment are one cause.
func TestEphemeralEntriesOfAllWhoFallSilentAreOneEvent(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		bob, _ := n.joinAs("a", "bob", nil)
		watching := n.observe(bob, room.Observe{Keys: model.AllKeys(), Peers: true})
		want := "update@4"
		for i := range 3 {
			peer, _ := n.joinAs("a", fmt.Sprint("p", i), nil)
			n.write(peer, ephemeral(set(fmt.Sprint("k", i), "1")))
			want += fmt.Sprintf(" -k%d owner_left", i)
		}
		n.told(watching)
		time.Sleep(30 * time.Second)
		n.wantTold(watching, want+" | peers -p0 timeout -p1 timeout -p2 timeout")
	})
}

func TestGrantsThatEnd(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		bob, _ := n.joinAs("a", "bob", nil)
		watching := n.observe(bob, everything)
		ann, token := n.joinAs("a", "ann", &model.Grants{Read: model.AllKeys(), Write: model.AllKeys(), Expires: in(10 * time.Second)})
		n.write(ann, set("stays", "1"))
		stream := n.observe(ann, everything)
		n.told(stream)
		n.told(watching)
		time.Sleep(10*time.Second - 1)
		n.wantTold(stream, "")
		if _, err := n.enter("a", token); err != nil {
			n.Errorf("before its end: %v", err)
		}
		time.Sleep(time.Nanosecond)
		n.wantTold(stream, "end@1 expired")
		_, err := n.enter("a", token)
		n.wantCode(err, model.Unauthorized)
		_, err = ann.Write(n.Context(), set("stays", "2"))
		n.wantCode(err, model.Unauthorized)
		n.wantTold(watching, "")
		n.wantPeers(1)
	})
}

var withPeers = room.Observe{Keys: model.NewKeys([]string{"a"}), Peers: true}

func TestPeersOnAStream(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		ann, _ := n.joinAs("a", "ann", nil)
		stream := n.observe(ann, withPeers)
		n.wantTold(stream, "snapshot@0 | peers ann")
		bob, _ := n.joinAs("a", "bob", nil)
		n.wantTold(stream, "peers +bob")
		n.write(bob, set("unseen", "1"))
		n.wantTold(stream, "")
		n.write(bob, set("a", "1"))
		n.must(bob.Leave(n.Context()))
		n.joinAs("a", "cat", nil)
		n.wantTold(stream, "update@2 +a | peers -bob left | peers +cat")
		n.must(n.admin("a", time.Hour).PutOut(n.Context(), "cat"))
		n.wantTold(stream, "peers -cat kicked")
		at, _ := ann.Position()
		n.wantTold(n.observe(ann, room.Observe{Keys: withPeers.Keys, From: at, Peers: true}), "peers ann")
		n.wantTold(n.observe(ann, room.Observe{Keys: withPeers.Keys, From: at}), "")
		n.must(ann.Leave(n.Context()))
		n.wantTold(stream, "end@2 left")
	})
}

// A reader that was slow is told the whole list again, not what it has missed.
func TestPeersAreAllToldAgainAfterAGap(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		ann, _ := n.joinAs("a", "ann", nil)
		stream := n.observe(ann, withPeers)
		n.told(stream)
		for i := range 300 {
			caller, _ := n.joinAs("a", fmt.Sprint("p", i), nil)
			n.must(caller.Leave(n.Context()))
		}
		n.joinAs("a", "bob", nil)
		n.wantTold(stream, "peers ann bob")
		n.joinAs("a", "cat", nil)
		n.wantTold(stream, "peers +cat")
	})
}

// The list is told by itself too: nothing of the store has to change.
func TestPeersWakeAStreamThatAsksForThem(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		ann, _ := n.joinAs("a", "ann", nil)
		stream := n.observe(ann, withPeers)
		n.told(stream)
		woken := make(wakes, 1)
		stream.Attach(woken)
		bob, _ := n.joinAs("a", "bob", nil)
		<-woken
		n.wantTold(stream, "peers +bob")
		n.must(bob.Leave(n.Context()))
		<-woken
		n.wantTold(stream, "peers -bob left")
	})
}

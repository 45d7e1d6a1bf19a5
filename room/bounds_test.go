package room_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"session-store/auth"
	"session-store/model"
	"session-store/room"
)

func TestWriteRate(t *testing.T) {
	tests := []struct {
		name  string
		rate  float64
		burst int           // what is written at once
		wait  time.Duration // until there is one more
		after int           // what Retry-After says, in seconds
	}{
		{"5 a second", 5, 5, 200 * time.Millisecond, 1},
		{"1 a second", 1, 1, time.Second, 1},
		{"one in 10 s", 0.1, 1, 10 * time.Second, 10},
		{"2.5 a second", 2.5, 3, 400 * time.Millisecond, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubbleOf(t, room.Config{WriteRate: tt.rate}, func(n *node) {
				ann, _ := n.joinAs("a", "ann", nil)
				bob, _ := n.joinAs("a", "bob", nil)
				n.observe(ann, everything) // keeps it alive while it waits
				for i := range tt.burst {
					n.write(ann, set(fmt.Sprint("k", i), "1"))
				}
				before, _ := ann.Describe()
				// What is refused takes nothing: asking often does not make it longer.
				for range 100 {
					n.wantRateLimited(ann, tt.after)
				}
				time.Sleep(tt.wait - time.Millisecond)
				n.wantRateLimited(ann, 1)
				if after, _ := ann.Describe(); after != before {
					n.Errorf("it was %+v, it is %+v", before, after)
				}
				n.write(bob, set("k", "1")) // has a bucket of its own
				n.write(n.admin("a", time.Hour), set("k", "2"))
				time.Sleep(time.Millisecond)
				n.write(ann, remove("k"))
				n.wantRateLimited(ann, tt.after)
				time.Sleep(time.Hour)
				for range tt.burst {
					n.write(ann, set("k", "3"))
				}
				n.wantRateLimited(ann, tt.after)
			})
		})
	}
}

func (n *node) wantRateLimited(caller *room.Caller, after int) {
	n.Helper()
	_, err := caller.Write(n.Context(), set("over", "1"))
	var told *model.Error
	if !errors.As(err, &told) || told.Code != model.RateLimited || told.RetryAfter != after {
		n.Fatalf("got %+v, want %s after %d s", err, model.RateLimited, after)
	}
}

// The bucket is the peer's, not that of a token or of grants.
func TestWriteRateOfARenewedPeer(t *testing.T) {
	bubbleOf(t, room.Config{WriteRate: 1}, func(n *node) {
		ann, _ := n.joinAs("a", "ann", grant("*", "*"))
		n.write(ann, set("k", "1"))
		n.wantRateLimited(n.renewed(ann, "*", "*"), 1)
	})
}

func TestBounds(t *testing.T) {
	tests := []struct {
		name   string
		config room.Config
		test   func(n *node)
	}{
		{"rooms", room.Config{MaxRooms: 2}, func(n *node) {
			n.join("a")
			b, _ := n.join("b")
			n.wantNoJoin("c")
			n.join("a") // is there already
			n.must(b.Leave(n.Context()))
			n.join("c")
			n.wantNoJoin("b")
			time.Sleep(time.Minute) // all of them time out
			n.join("b")
			n.join("d")
			n.wantNoJoin("a")
		}},
		{"peers of a room", room.Config{Limits: model.Limits{Peers: 2}}, func(n *node) {
			a, _ := n.join("a")
			n.join("a")
			n.wantNoJoin("a")
			n.join("b")
			n.must(a.Leave(n.Context()))
			n.join("a")
			n.wantNoJoin("a")
			time.Sleep(time.Minute)
			n.join("a")
		}},
		{"streams of a server", room.Config{MaxStreams: 2}, func(n *node) {
			a, _ := n.join("a")
			b, _ := n.join("b")
			first := n.observe(a, everything)
			n.observe(b, everything)
			n.wantNoStream(a)
			n.wantNoStream(n.admin("a", time.Hour))
			first.Close()
			n.observe(n.admin("a", time.Hour), everything)
			n.wantNoStream(b)
		}},
		{"streams of a peer", room.Config{MaxPeerStreams: 2}, func(n *node) {
			a, _ := n.join("a")
			other, _ := n.join("a")
			first := n.observe(a, everything)
			n.observe(a, everything)
			n.wantNoStream(a)
			n.observe(other, everything)
			for range 5 { // is no peer
				n.observe(n.admin("a", time.Hour), everything)
			}
			first.Close()
			n.observe(a, everything)
			n.wantNoStream(a)
		}},
		{"none", room.Config{}, func(n *node) {
			for i := range 50 {
				caller, _ := n.join("a")
				n.join(fmt.Sprint("r", i))
				n.observe(caller, everything)
				n.observe(caller, everything)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { bubbleOf(t, tt.config, tt.test) })
	}
}

func (n *node) wantNoJoin(name string) {
	n.Helper()
	peers := n.Stats().Peers.Load()
	_, err := n.Join(n.Context(), name, model.Peer{ID: auth.NewID()})
	n.wantCode(err, model.Unavailable)
	if now := n.Stats().Peers.Load(); now != peers {
		n.Errorf("refused, and there are %d peers, not %d", now, peers)
	}
}

func (n *node) wantNoStream(caller *room.Caller) {
	n.Helper()
	streams := n.Stats().SSE.Streams.Load()
	_, err := caller.Observe(n.Context(), everything)
	n.wantCode(err, model.Unavailable)
	if now := n.Stats().SSE.Streams.Load(); now != streams {
		n.Errorf("refused, and there are %d streams, not %d", now, streams)
	}
}

// API.md: "No token, an unknown one, or one of a peer that has left: 401". That a
// server is full says nothing about a token: its page would try for ever.
func TestBoundOfRoomsDoesNotHideWhatATokenIsWorth(t *testing.T) {
	bubbleOf(t, room.Config{MaxRooms: 1}, func(n *node) {
		caller, token := n.join("a")
		n.must(caller.Leave(n.Context()))
		n.join("b")
		_, err := n.enter("a", token)
		n.wantCode(err, model.Unauthorized)
		_, err = n.Administer(n.Context(), "a", "backend", &model.Grants{Admin: true, Expires: in(time.Hour)})
		n.wantCode(err, model.RoomNotFound)
	})
}

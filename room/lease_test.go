package room_test

import (
	"testing"
	"time"

	"session-store/auth"
	"session-store/room"
)

func TestLeases(t *testing.T) {
	tests := map[string]func(n *node, caller *room.Caller, token auth.Token){
		"a silent peer is removed": func(n *node, _ *room.Caller, _ auth.Token) {
			time.Sleep(timeout - time.Millisecond)
			n.wantPeers(2)
			time.Sleep(time.Millisecond)
			n.wantPeers(1)
		},
		"a call keeps it": func(n *node, _ *room.Caller, token auth.Token) {
			for range 5 {
				time.Sleep(timeout - time.Second)
				if _, err := n.enter("a", token); err != nil {
					n.Fatal(err)
				}
			}
			time.Sleep(timeout - time.Millisecond)
			n.wantPeers(2)
			time.Sleep(time.Millisecond)
			n.wantPeers(1)
		},
		"an open stream keeps it": func(n *node, caller *room.Caller, _ auth.Token) {
			stream, err := caller.Observe(n.Context(), everything)
			if err != nil {
				n.Fatal(err)
			}
			time.Sleep(time.Hour)
			n.wantPeers(2)
			stream.Close()
			time.Sleep(timeout - time.Millisecond)
			n.wantPeers(2)
			time.Sleep(time.Millisecond)
			n.wantPeers(1)
		},
		"of two streams one is enough": func(n *node, caller *room.Caller, _ auth.Token) {
			one, _ := caller.Observe(n.Context(), everything)
			two, _ := caller.Observe(n.Context(), everything)
			one.Close()
			time.Sleep(time.Hour)
			n.wantPeers(2)
			two.Close()
			time.Sleep(timeout)
			n.wantPeers(1)
		},
		"coming back in time is nothing": func(n *node, caller *room.Caller, token auth.Token) {
			stream, _ := caller.Observe(n.Context(), everything)
			time.Sleep(time.Hour)
			stream.Close()
			time.Sleep(timeout - time.Millisecond)
			again, err := n.enter("a", token)
			if err != nil {
				n.Fatal(err)
			}
			if _, err = again.Observe(n.Context(), everything); err != nil {
				n.Fatal(err)
			}
			time.Sleep(time.Hour)
			n.wantPeers(2)
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(n *node) {
				other, _ := n.join("a")
				stream, err := other.Observe(n.Context(), everything)
				if err != nil {
					n.Fatal(err)
				}
				defer stream.Close()
				caller, token := n.join("a")
				test(n, caller, token)
			})
		})
	}
}

func TestSessionOfSilentPeersEnds(t *testing.T) {
	bubble(t, func(n *node) {
		for range 100 {
			n.join("a")
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(30 * time.Second)
		n.wantPeers(0)
		if got := n.Stats().Sessions.Load(); got != 0 {
			n.Fatalf("%d sessions are left", got)
		}
	})
}

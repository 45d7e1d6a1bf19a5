package room_test

import (
	"sync"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
)

// A bound that counts first and opens then would let in all who come at once: 60
// connections that one page opens in the same moment.
func TestBoundsHoldWhenManyComeAtOnce(t *testing.T) {
	const most, crowd, rounds = 10, 60, 50
	observe := func(_ *node, ann *room.Caller) (func(), bool) {
		stream, err := ann.Observe(t.Context(), everything)
		if err != nil {
			return nil, false
		}
		return stream.Close, true
	}
	join := func(n *node, _ *room.Caller) (func(), bool) {
		id := auth.NewID()
		_, hash := auth.NewToken(id)
		caller, err := n.Join(t.Context(), "crowd", model.Peer{ID: id, Token: hash})
		if err != nil {
			return nil, false
		}
		return func() { _ = caller.Leave(t.Context()) }, true
	}
	tests := map[string]struct {
		config room.Config
		come   func(n *node, ann *room.Caller) (undo func(), let bool)
	}{
		"streams of a peer":   {room.Config{MaxPeerStreams: most}, observe},
		"streams of a server": {room.Config{MaxStreams: most}, observe},
		"peers of a room":     {room.Config{Limits: model.Limits{Peers: most}}, join},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.config.Journal, tt.config.NewSessionID = memory.New(), auth.NewSessionID
			n := &node{t, room.NewRegistry(tt.config)}
			defer n.Close()
			ann, _ := n.join("ann")
			for range rounds {
				if got := letIn(crowd, func() (func(), bool) { return tt.come(n, ann) }); got != most {
					t.Fatalf("%d of %d were let in, want %d", got, crowd, most)
				}
			}
		})
	}
}

// letIn is how many of a crowd are let in that comes in one moment, and goes again.
func letIn(crowd int, come func() (undo func(), let bool)) int {
	var group sync.WaitGroup
	undo := make(chan func(), crowd)
	start := make(chan struct{})
	for range crowd {
		group.Go(func() {
			<-start
			if leave, ok := come(); ok {
				undo <- leave
			}
		})
	}
	close(start)
	group.Wait()
	close(undo)
	let := 0
	for leave := range undo {
		leave()
		let++
	}
	return let
}

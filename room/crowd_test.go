package room_test

import (
	"sync"
	"sync/atomic"
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
				var let atomic.Int32
				var group sync.WaitGroup
				undo := make(chan func(), crowd)
				start := make(chan struct{})
				for range crowd {
					group.Go(func() {
						<-start
						if leave, ok := tt.come(n, ann); ok {
							let.Add(1)
							undo <- leave
						}
					})
				}
				close(start)
				group.Wait()
				close(undo)
				for leave := range undo {
					leave()
				}
				if got := let.Load(); got != most {
					t.Fatalf("%d of %d were let in, want %d", got, crowd, most)
				}
			}
		})
	}
}

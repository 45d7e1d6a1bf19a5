package room_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"session-store/room"
)

// clock is that of a machine which may stand still: its processes then find that it is
// later than it was a moment ago.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) standStill(d time.Duration) { c.ahead.Add(int64(d)) }

// A peer whose node is asked about it is not removed because time has passed in which
// that node could not answer.
func TestNodesThatHeardNothingRemoveNobody(t *testing.T) {
	tests := map[string]func(c *cluster){
		"their machine stood still": func(c *cluster) {
			time.Sleep(8500 * time.Millisecond)
			c.clock.standStill(12 * time.Second)
		},
		"the journal was away": func(c *cluster) {
			c.set(func() { c.away = true })
			time.Sleep(12 * time.Second)
			c.set(func() { c.away = false })
		},
	}
	for name, hearNothing := range tests {
		t.Run(name, func(t *testing.T) {
			clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
				a, b := nodes[0], nodes[1]
				_, ann := a.joinAs("room", "ann", nil)
				time.Sleep(14 * time.Second)
				if _, err := b.enter("room", ann); err != nil {
					c.Fatal(err)
				}
				c.set(func() { b.member.deaf, b.member.unaudited = true, true })
				time.Sleep(7 * time.Second)
				if got := c.appends(); got != 2 {
					c.Fatalf("%d records: a join, and a doubt of the node where the peer is silent", got)
				}
				hearNothing(c)
				if _, err := b.enter("room", ann); err != nil {
					c.Fatal(err)
				}
				time.Sleep(2 * time.Second)
				c.set(func() { b.member.deaf, b.member.unaudited = false, false })
				for range 10 {
					if _, err := b.enter("room", ann); err != nil {
						c.Fatalf("the peer that was alive all along: %v", err)
					}
					time.Sleep(5 * time.Second)
				}
				time.Sleep(2 * timeout)
				b.wantPeers(0)
			})
		})
	}
}

// A process that was stopped for a while does not remove the peers that could not call
// it, whether it first sees that a peer is due or that time has passed.
func TestNodeThatWasStopped(t *testing.T) {
	for name, before := range map[string]time.Duration{
		"just before a peer is due": timeout - time.Millisecond,
		"long before":               timeout / 2,
	} {
		t.Run(name, func(t *testing.T) {
			var machine clock
			bubbleOf(t, room.Config{Now: machine.now}, func(n *node) {
				ctx, cancel := context.WithCancel(n.Context())
				var group sync.WaitGroup
				defer group.Wait()
				defer cancel()
				group.Go(func() { n.Registry.Run(ctx) })
				_, token := n.join("a")
				time.Sleep(before)
				machine.standStill(time.Hour)
				time.Sleep(timeout - 2*time.Millisecond)
				if _, err := n.enter("a", token); err != nil {
					n.Fatalf("after an hour in which nobody could call: %v", err)
				}
				time.Sleep(timeout - time.Millisecond)
				n.wantPeers(1)
				time.Sleep(time.Second)
				n.wantPeers(0)
			})
		})
	}
}

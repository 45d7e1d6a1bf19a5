package room

import (
	"container/heap"
	"slices"
	"time"

	"session-store/model"
)

// Who removes a peer that is silent, where several nodes have its room open:
//
//	the node that answers for it ── silent here ──▶ doubt: nobody answers for it
//	any node                     ── that node has gone ──▶ doubt
//	any node where it is alive   ── doubted, or its node has gone ──▶ claim
//	any node                     ── where it opens a stream ──▶ claim
//	any node                     ── doubted, and nobody has claimed it in time ──▶ leave
//
// Each step is a change in the journal, and a doubt and a leave are on the condition
// that the node before still answers for the peer. So a peer is removed once, and not
// while it is alive on a node that hears of the doubt: be it one that was wrongly taken
// for gone. Time in which this node could not have heard of it does not count.

// grace is how long a node that doubts a peer waits for another to claim it. The
// doubt comes as much earlier, so that a silent peer goes when it should. A journal
// takes up to 7.5 s to notice that word of a record was lost: with the usual timeout of
// 30 s, that is in time. And a peer that calls every 10 s, as it should, on two nodes in
// turns, is not doubted.
func (l *leases) grace() time.Duration {
	if l.registry.nodes.alone() {
		return 0
	}
	return l.registry.config.PeerTimeout / 3
}

// verdict is what should happen to peers. Those to doubt are by the node that answers for
// them; for those that leave nobody does.
type verdict struct {
	claim, leave []string
	doubt        map[string][]string
}

// judge takes what is due out of the queue. Peers that are about to be removed have
// no lease any more: touch and hold fail, so that nobody is told that all is well.
func (l *leases) judge() verdict {
	v := verdict{doubt: make(map[string][]string)}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.registry.config.Now()
	for len(l.queue) > 0 && !l.queue[0].due.After(now) {
		one := heap.Pop(&l.queue).(*lease)
		due, queued := l.dueLocked(one, now)
		switch {
		case !queued:
		case due.After(now):
			one.due = due
			heap.Push(&l.queue, one)
		case one.node != l.registry.nodes.self && l.isAliveLocked(one, now):
			v.claim = append(v.claim, one.peer)
		case one.node != "":
			v.doubt[one.node] = append(v.doubt[one.node], one.peer)
			one.doubted = now
		default:
			delete(l.byPeer, one.peer)
			v.leave = append(v.leave, one.peer)
		}
	}
	if len(l.queue) > 0 {
		l.alarm.by(l.queue[0].due)
	}
	return v
}

// dueLocked is when something should happen to the peer, if it should here.
func (l *leases) dueLocked(one *lease, now time.Time) (due time.Time, queued bool) {
	nodes, timeout := l.registry.nodes, l.registry.config.PeerTimeout
	seeing := nodes.seeingSince(now)
	if nodes.alone() {
		return latest(one.seen, seeing).Add(timeout), len(one.streams) == 0
	}
	if one.node == nodes.self {
		return latest(one.seen, seeing, nodes.lastLost()).Add(timeout - l.grace()), len(one.streams) == 0
	}
	since, gone := nodes.goneSince(one.node, now)
	if !gone {
		return due, false
	}
	lost := nodes.lastLost()
	since = latest(since, seeing, one.since, lost)
	switch alive := l.isAliveLocked(one, now); {
	case alive && one.node == "":
		return now, true
	case alive:
		// Not at once: two nodes that each take the other for gone would take turns.
		return since.Add(l.grace() / 2), true
	case one.node != "":
		return since.Add(timeout - l.grace()), true
	case one.doubted.After(lost):
		return since.Add(l.grace()), true
	}
	// Another node has doubted it, and removes it sooner, or a node has gone that might have
	// claimed it.
	return since.Add(timeout), true
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// isAliveLocked reports whether the peer has shown signs of life on this node: of
// one that it has doubted itself, since then. It is not alive for longer than until
// this node would doubt it, or two nodes would take turns.
func (l *leases) isAliveLocked(one *lease, now time.Time) bool {
	if len(one.streams) > 0 {
		return true
	}
	if !one.doubted.IsZero() {
		return one.seen.After(one.doubted)
	}
	return one.seen.Add(l.registry.config.PeerTimeout - l.grace()).After(now)
}

// enqueueLocked puts the lease where it belongs in the queue, or out of it.
func (l *leases) enqueueLocked(one *lease) {
	if due, queued := l.dueLocked(one, l.registry.config.Now()); queued {
		l.lookAtLocked(one, due)
	} else if one.index >= 0 {
		heap.Remove(&l.queue, one.index)
	}
}

func (l *leases) lookAtLocked(one *lease, at time.Time) {
	if one.due = at; one.index >= 0 {
		heap.Fix(&l.queue, one.index)
	} else {
		heap.Push(&l.queue, one)
	}
	l.alarm.by(at)
}

// answer takes note of the node that answers for a peer from now on.
func (l *leases) answer(peer *model.Peer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.beginLocked(peer, false) // it may have been about to be removed
	one.node, one.since = peer.Node, l.registry.config.Now()
	if peer.Node != "" {
		one.doubted = time.Time{}
	}
	l.enqueueLocked(one)
}

// postpone puts peers off about which nothing could be written down. Silent ones
// of this node live on for another timeout.
func (l *leases) postpone(peers []*model.Peer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.registry.config.Now()
	for _, peer := range peers {
		one := l.beginLocked(peer, false)
		one.doubted = time.Time{}
		due := now.Add(tryAgain)
		if one.node == l.registry.nodes.self {
			one.seen = now
			due = now.Add(l.registry.config.PeerTimeout - l.grace())
		}
		l.lookAtLocked(one, due)
	}
}

// review looks at every peer again: a node has gone.
func (l *leases) review() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.byPeer {
		l.enqueueLocked(one)
	}
}

// retire reports whether nobody has wanted anything of the room here for a while,
// and nothing is to be done for it. From then on nobody gets in.
func (l *leases) retire() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.registry.config.Now()
	if len(l.queue) > 0 || l.used.Add(l.registry.config.PeerTimeout).After(now) {
		return false
	}
	for _, one := range l.byPeer {
		if l.isAliveLocked(one, now) {
			return false
		}
	}
	l.retired = true
	return true
}

// use says that somebody wants something of the room. It reports false for a room
// that has retired.
func (l *leases) use() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used = l.registry.config.Now()
	return !l.retired
}

package room

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"session-store/sse"
)

// leases say how long the silent peers of a room live: a peer is alive while a
// stream of its is open, or for a time after its last call.
//
//	call ──▶ touch                    timer (one a room) ──▶ expire
//	stream ──▶ hold … release           ▲                     │
//	                                    └── the earliest due ─┘
//
// A call only writes down the time. The queue is put right when the timer fires,
// so that a peer that calls a thousand times a second costs it nothing.
type leases struct {
	registry *Registry
	timeout  time.Duration
	expire   func()

	mu      sync.Mutex
	byPeer  map[string]*lease
	queue   leaseQueue
	timer   *time.Timer
	stopped bool
}

// lease is one peer's; leases.mu guards it.
type lease struct {
	peer    string
	seen    time.Time // the last call, or the end of the last stream
	streams []*sse.Stream
	// due is when the queue looks at it; the true time may be later by now.
	due time.Time
	// index is its place in the queue, or -1: it is not in it while a stream is
	// open.
	index int
}

func newLeases(g *Registry, expire func()) *leases {
	return &leases{registry: g, timeout: g.config.PeerTimeout, expire: expire, byPeer: make(map[string]*lease)}
}

// begin starts the lease of a peer that has joined.
func (l *leases) begin(peer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := &lease{peer: peer, seen: l.registry.config.Now(), index: -1}
	l.byPeer[peer] = one
	l.enqueueLocked(one)
}

// end takes a peer's lease away and gives the streams that it had.
func (l *leases) end(peer string) []*sse.Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return nil
	}
	delete(l.byPeer, peer)
	if one.index >= 0 {
		heap.Remove(&l.queue, one.index)
	}
	return one.streams
}

// touch is a sign of life. It reports false for a peer whose lease is over.
func (l *leases) touch(peer string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return false
	}
	one.seen = l.registry.config.Now()
	return true
}

// hold keeps the peer alive until release. It reports false for a peer whose
// lease is over.
func (l *leases) hold(peer string, stream *sse.Stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return false
	}
	one.streams = append(one.streams, stream)
	return true
}

// release ends what hold began.
func (l *leases) release(peer string, stream *sse.Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return
	}
	one.streams = slices.DeleteFunc(one.streams, func(s *sse.Stream) bool { return s == stream })
	one.seen = l.registry.config.Now()
	if len(one.streams) == 0 && one.index < 0 {
		l.enqueueLocked(one)
	}
}

// collect takes the leases away that are over, and gives their peers. From then
// on touch and hold fail for them: a peer that is about to be removed is not
// told that all is well.
func (l *leases) collect() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.registry.config.Now()
	var over []string
	for len(l.queue) > 0 && !l.queue[0].due.After(now) {
		one := l.queue[0]
		if due := one.seen.Add(l.timeout); len(one.streams) == 0 && due.After(now) {
			one.due = due
			heap.Fix(&l.queue, 0)
			continue
		}
		heap.Pop(&l.queue)
		if len(one.streams) == 0 {
			delete(l.byPeer, one.peer)
			over = append(over, one.peer)
		}
	}
	l.armLocked()
	return over
}

func (l *leases) enqueueLocked(one *lease) {
	one.due = one.seen.Add(l.timeout)
	heap.Push(&l.queue, one)
	if l.queue[0] == one {
		l.armLocked()
	}
}

// armLocked sets the timer for the earliest due.
func (l *leases) armLocked() {
	l.disarmLocked()
	if l.stopped || len(l.queue) == 0 {
		return
	}
	l.registry.timers.Add(1)
	wait := max(0, l.queue[0].due.Sub(l.registry.config.Now()))
	l.timer = time.AfterFunc(wait, func() {
		defer l.registry.timers.Done()
		l.expire()
	})
}

func (l *leases) disarmLocked() {
	if l.timer != nil && l.timer.Stop() {
		l.registry.timers.Done()
	}
	l.timer = nil
}

// stop disarms the timer for good.
func (l *leases) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.disarmLocked()
}

// leaseQueue is a heap with the earliest due on top.
type leaseQueue []*lease

func (q leaseQueue) Len() int           { return len(q) }
func (q leaseQueue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q leaseQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push is for container/heap.
func (q *leaseQueue) Push(x any) {
	one := x.(*lease)
	one.index = len(*q)
	*q = append(*q, one)
}

// Pop is for container/heap.
func (q *leaseQueue) Pop() any {
	last := len(*q) - 1
	one := (*q)[last]
	one.index = -1
	(*q)[last] = nil
	*q = (*q)[:last]
	return one
}

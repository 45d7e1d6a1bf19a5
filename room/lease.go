package room

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"session-store/model"
	"session-store/sse"
)

// leases say how long the silent peers of a room live: a peer is alive while a
// stream of its is open, or for a time after its last call.
//
//	call ──▶ touch                     alarm ──▶ collect
//	stream ──▶ hold … release            ▲
//	                                     └── the earliest due
//
// A call only writes down the time. The queue is put right when the alarm rings,
// so that a peer that calls a thousand times a second costs it nothing.
type leases struct {
	registry *Registry
	alarm    *alarm

	mu     sync.Mutex
	byPeer map[string]*lease
	queue  leaseQueue
}

// lease is what a room knows of a peer besides the session; leases.mu guards it.
type lease struct {
	peer    string
	seen    time.Time // the last call, or the end of the last stream
	streams []*sse.Stream
	writes  *rate.Limiter // nil: no bound
	// due is when the queue looks at it; the true time may be later by now.
	due time.Time
	// index is its place in the queue, or -1: it is not in it while a stream is
	// open.
	index int
}

func newLeases(g *Registry, alarm *alarm) *leases {
	return &leases{registry: g, alarm: alarm, byPeer: make(map[string]*lease)}
}

// begin starts the lease of a peer that has joined; one that has a lease keeps
// it.
func (l *leases) begin(peer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byPeer[peer] != nil {
		return
	}
	one := &lease{peer: peer, seen: l.registry.config.Now(), index: -1}
	if r := l.registry.config.WriteRate; r > 0 {
		one.writes = rate.NewLimiter(rate.Limit(r), burst(r))
	}
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

// allowWrite takes a write from the peer's bucket, or says how long it must wait
// for the next.
func (l *leases) allowWrite(peer string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil || one.writes == nil {
		return 0
	}
	now := l.registry.config.Now()
	reservation := one.writes.ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now) // refused, so it has taken nothing
	}
	return wait
}

// streams are those that the peer has open.
func (l *leases) streams(peer string) []*sse.Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.byPeer[peer]; one != nil {
		return slices.Clone(one.streams)
	}
	return nil
}

// hold keeps the peer alive until release. It fails for a peer whose lease is
// over, and for one that has as many streams as it may.
func (l *leases) hold(peer string, stream *sse.Stream) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return model.ErrGone()
	}
	if most := l.registry.config.MaxPeerStreams; most > 0 && len(one.streams) >= most {
		return model.Errorf(model.Unavailable, "a peer has at most %d streams", most)
	}
	one.streams = append(one.streams, stream)
	return nil
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
		if due := one.seen.Add(l.registry.config.PeerTimeout); len(one.streams) == 0 && due.After(now) {
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
	if len(l.queue) > 0 {
		l.alarm.by(l.queue[0].due)
	}
	return over
}

func (l *leases) enqueueLocked(one *lease) {
	one.due = one.seen.Add(l.registry.config.PeerTimeout)
	heap.Push(&l.queue, one)
	l.alarm.by(one.due)
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

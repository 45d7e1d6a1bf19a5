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
//	call ──▶ touch                     alarm ──▶ judge
//	stream ──▶ hold … release            ▲
//	                                     └── the earliest due
//
// A call only writes down the time. The queue is put right when the alarm rings,
// so that a peer that calls a thousand times a second costs it nothing.
//
// Every node that has the room open has a lease of each peer, and sees only what
// comes to it. The one that answers for the peer has it in its queue.
type leases struct {
	registry *Registry
	alarm    *alarm

	mu     sync.Mutex
	byPeer map[string]*lease
	queue  leaseQueue
	// used is when somebody last wanted something of the room here.
	used    time.Time
	retired bool
}

// lease is what a room knows of a peer besides the session; leases.mu guards it.
type lease struct {
	peer    string
	seen    time.Time // the last call here, or the end of the last stream
	streams []*sse.Stream
	writes  *rate.Limiter // nil: no bound
	// node answers for the peer, since a moment if it has changed.
	node  string
	since time.Time
	// doubted is when this node, which answered for it, has asked the others.
	doubted time.Time
	// due is when the queue looks at it; the true time may be later by now.
	due time.Time
	// index is its place in the queue, or -1: it is not in it while a stream is
	// open, and while another node answers for it.
	index int
}

func newLeases(g *Registry, alarm *alarm) *leases {
	return &leases{registry: g, alarm: alarm, byPeer: make(map[string]*lease)}
}

// begin starts the lease of a peer; one that has a lease keeps it. new is one that
// has just joined.
func (l *leases) begin(peer *model.Peer, new bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beginLocked(peer, new)
}

func (l *leases) beginLocked(peer *model.Peer, new bool) *lease {
	if one := l.byPeer[peer.ID]; one != nil {
		return one
	}
	nodes, now := l.registry.nodes, l.registry.config.Now()
	one := &lease{peer: peer.ID, node: peer.Node, index: -1}
	switch {
	case new:
		one.since = now
		if peer.Node == nodes.self {
			one.seen = now
		}
	case nodes.alone():
		one.seen = nodes.started // before that it may have called another process
	case peer.Node == nodes.self:
		one.seen = now
	case peer.Node == "":
		one.since, one.doubted = now, now // by another node, who knows when
	}
	if r := l.registry.config.WriteRate; r > 0 {
		one.writes = rate.NewLimiter(rate.Limit(r), burst(r))
	}
	l.byPeer[peer.ID] = one
	l.enqueueLocked(one)
	return one
}

// end takes a peer's lease away and gives the streams that it had.
func (l *leases) end(peer string) []*sse.Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return nil
	}
	l.removeLocked(one)
	return one.streams
}

// endAll is end for every peer.
func (l *leases) endAll() (streams []*sse.Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.byPeer {
		streams = append(streams, one.streams...)
	}
	l.byPeer, l.queue = make(map[string]*lease), nil
	return streams
}

func (l *leases) removeLocked(one *lease) {
	delete(l.byPeer, one.peer)
	if one.index >= 0 {
		heap.Remove(&l.queue, one.index)
	}
}

// touch is a sign of life. It reports false for a peer whose lease is over.
func (l *leases) touch(peer string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil || l.retired {
		return false
	}
	one.seen = l.registry.config.Now()
	return true
}

// allowWrite takes a write from the peer's bucket, or says how long it must wait
// for the next.
func (l *leases) allowWrite(peer string) (wait time.Duration) {
	if l.registry.config.WriteRate == 0 {
		return 0
	}
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

// hold opens a stream of the peer, which keeps it alive until release. It fails, and opens
// none, for a peer whose lease is over, and for one that has as many streams as it may.
// The stream is nil if open has given none.
func (l *leases) hold(peer string, open func() *sse.Stream) (*sse.Stream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byPeer[peer]
	if one == nil {
		return nil, model.ErrGone()
	}
	if most := l.registry.config.MaxPeerStreams; most > 0 && len(one.streams) >= most {
		return nil, model.Errorf(model.Unavailable, "a peer has at most %d streams", most)
	}
	stream := open()
	if stream != nil {
		one.streams = append(one.streams, stream)
	}
	return stream, nil
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

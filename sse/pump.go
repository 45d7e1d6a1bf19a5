package sse

import (
	"errors"
	"runtime"
	"sync"
	"time"
)

// Pump brings frames to streams. It is one for all hubs, so that a hub at rest
// has no goroutine and a busy one as many as there are cores.
//
//	Hub.Publish ──▶ queue ──▶ worker ──▶ a hub's turn ──▶ conn: Next, write
//	                  ▲         │                             │ EAGAIN
//	                  └─────────┘ more turns                  ▼
//	                  ▲                                     poller: writable again,
//	                  └── the line of its hub ◀────────────        or closed
//
// Requests must not wait for a fan-out. The runtime looks at the network when a
// processor has nothing else to do, else every 10 ms. So there is a worker less
// than there are processors; and where there is one for both, the worker looks at
// the network by itself after each turn, if there is another.
//
// A hub without a pump wakes its streams by itself.
type Pump struct {
	connections connections
	glance      glance

	mu     sync.Mutex
	ready  sync.Cond // of mu: there is a turn, or the end
	queue  []*Hub    // whose lines have something; a ring would save the copying of append
	closed bool
}

// ErrPumpClosed says that a pump takes no connection any more: the server goes down.
var ErrPumpClosed = errors.New("the pump is closed")

// NewPump is a pump that does nothing until Run is called.
func NewPump() (*Pump, error) {
	p := &Pump{}
	p.ready.L = &p.mu
	if err := p.connections.open(); err != nil {
		return nil, err
	}
	if err := p.glance.open(); err != nil {
		p.connections.close()
		return nil, err
	}
	return p, nil
}

// Run works until Close, and returns when all that it has started has ended and
// no connection is open.
func (p *Pump) Run() {
	var group sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		group.Go(p.workLoop)
	}
	p.connections.run(&group)
	group.Wait()
	p.glance.close()
	p.connections.closeAll()
}

// Close lets Run return. Streams of hubs that were closed before are told to come
// back.
func (p *Pump) Close() {
	p.connections.close()
	p.mu.Lock()
	p.closed = true
	p.ready.Broadcast()
	p.mu.Unlock()
}

// enqueuePass lets the streams of a hub be gone through.
func (p *Pump) enqueuePass(h *Hub) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.line.pass = true
	p.enqueueLocked(h)
}

// enqueue lets one connection of a hub write.
func (p *Pump) enqueue(h *Hub, c job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.line.conns = append(h.line.conns, c)
	p.enqueueLocked(h)
}

func (p *Pump) enqueueLocked(h *Hub) {
	if !h.line.queued {
		h.line.queued = true
		p.queue = append(p.queue, h)
	}
	p.ready.Signal()
}

// Queued is how many hubs wait for a worker.
func (p *Pump) Queued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

func (p *Pump) workLoop() {
	var s scratch
	var conns []job
	for {
		turn, ok := p.next(conns)
		if !ok {
			return
		}
		began := time.Now()
		served := turn.work(&s)
		if p.ended(turn, served, time.Since(began)) {
			p.glance.look()
		}
		conns = turn.conns
	}
}

// next waits for a turn, and takes its connections into conns; not ok is the end.
func (p *Pump) next(conns []job) (next turn, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.closed {
		p.ready.Wait()
	}
	if p.closed {
		return turn{}, false
	}
	h := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	h.line.queued = false
	next, more := h.line.take(h, conns)
	if more { // behind the others, and at once: another core may begin with it
		p.enqueueLocked(h)
	}
	return next, true
}

// ended takes note of how long a turn took, and reports whether there is another.
func (p *Pump) ended(last turn, served int, took time.Duration) (busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last.hub.line.learn(served, took)
	return len(p.queue) > 0
}

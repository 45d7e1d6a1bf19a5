package sse

import (
	"runtime"
	"sync"
)

// chunk is how many streams of one hub a worker serves before it looks for other
// work: a room of thousands must not hold up a room of ten, and its next chunk may
// be another core's. 16 writes are about 100 µs.
const chunk = 16

// Pump brings frames to streams. It is one for all hubs, so that a hub at rest
// has no goroutine and a busy one as many as there are cores.
//
//	Hub.Publish ──▶ queue ──▶ worker ──▶ chunk of a hub ──▶ conn: Next, write
//	                  ▲         │                             │ EAGAIN
//	                  └─────────┘ more chunks                 ▼
//	                  ▲                                     poller: writable again,
//	                  └─────────────────────────────────────       or closed
//
// Requests must not wait for a fan-out. The runtime looks at the network when a
// processor has nothing else to do, else every 10 ms. So there is a worker less
// than there are processors; and where there is one for both, the worker looks at
// the network by itself after each job.
//
// A hub without a pump wakes its streams by itself.
type Pump struct {
	connections connections
	glance      glance

	mu     sync.Mutex
	ready  sync.Cond // of mu: there is a job, or the end
	queue  []job     // a ring would save the copying that append does
	closed bool
}

// job is what a worker does: a chunk of a hub, or one connection.
type job interface {
	work(*scratch)
}

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

func (p *Pump) enqueue(j job) {
	p.mu.Lock()
	p.queue = append(p.queue, j)
	p.ready.Signal()
	p.mu.Unlock()
}

func (p *Pump) workLoop() {
	var s scratch
	for {
		j := p.next()
		if j == nil {
			return
		}
		j.work(&s)
		if p.isBusy() {
			p.glance.look()
		}
	}
}

func (p *Pump) isBusy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue) > 0
}

// next waits for a job; nil is the end.
func (p *Pump) next() job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.closed {
		p.ready.Wait()
	}
	if p.closed {
		return nil
	}
	j := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	return j
}

package sse

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// connections are all that a pump writes to, and the poller that hears of closed
// and again-writable ones.
//
// The poller is an epoll of our own, inside that of the runtime: the goroutine
// that reads it sleeps like one that reads a socket, and holds no thread.
type connections struct {
	file  *os.File // of the epoll
	epoll int
	done  chan struct{} // closed by close
	// serving counts the calls of Serve that write: none begins after close.
	serving sync.WaitGroup

	// mu guards what follows.
	mu    sync.Mutex
	slots []*conn
	free  []int32
	// generation makes the events of a connection that has gone, whose slot has
	// another, nobody's.
	generation int32
	closed     bool
	// hurried were told to hurry since leave was called, leaving before it.
	hurried, leaving []*conn
}

// slot is a connection's place in the table, as the events of epoll name it.
type slot struct {
	index, generation int32
}

func (t *connections) open() error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	// NewFile gives a descriptor to the runtime's poller only if it does not
	// block.
	if err := unix.SetNonblock(epoll, true); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	t.epoll, t.file, t.done = epoll, os.NewFile(uintptr(epoll), "epoll"), make(chan struct{})
	return nil
}

// add begins to listen to a connection, and counts it as serving. It reports false
// after close.
func (t *connections) add(c *conn) bool {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return false
	}
	t.serving.Add(1)
	t.generation++
	c.slot.generation = t.generation
	if last := len(t.free) - 1; last >= 0 {
		c.slot.index = t.free[last]
		t.free = t.free[:last]
		t.slots[c.slot.index] = c
	} else {
		c.slot.index = int32(len(t.slots))
		t.slots = append(t.slots, c)
	}
	t.mu.Unlock()
	// Only its end: that it takes bytes is so until a write says otherwise.
	if t.control(c, unix.EPOLL_CTL_ADD, unix.EPOLLRDHUP|unix.EPOLLET) != nil {
		t.remove(c)
		t.serving.Done()
		return false
	}
	return true
}

// watchWritable listens for the moment when bytes are taken again. If they are
// already, the poller hears of it at once.
func (t *connections) watchWritable(c *conn) error {
	return t.control(c, unix.EPOLL_CTL_MOD, unix.EPOLLRDHUP|unix.EPOLLOUT|unix.EPOLLET)
}

func (t *connections) control(c *conn, operation int, events uint32) (err error) {
	closed := c.raw.Control(func(fd uintptr) {
		event := unix.EpollEvent{Events: events, Fd: c.slot.index, Pad: c.slot.generation}
		err = unix.EpollCtl(t.epoll, operation, int(fd), &event)
	})
	if closed != nil {
		return closed
	}
	return err
}

// remove frees the slot. The kernel forgets a descriptor when it is closed.
func (t *connections) remove(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.slots[c.slot.index] == c {
		t.slots[c.slot.index] = nil
		t.free = append(t.free, c.slot.index)
	}
}

func (t *connections) find(s slot) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if int(s.index) >= len(t.slots) {
		return nil
	}
	if c := t.slots[s.index]; c != nil && c.slot == s {
		return c
	}
	return nil
}

// hurry closes the connection between one and two times leaveEvery from now.
func (t *connections) hurry(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hurried = append(t.hurried, c)
}

// leave gives those whose time to hurry is over.
func (t *connections) leave() []*conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	gone := t.leaving
	t.leaving, t.hurried = t.hurried, nil
	return gone
}

// run starts what listens, and what writes comments.
func (t *connections) run(group *sync.WaitGroup) {
	group.Go(t.poll)
	group.Go(t.tick)
}

// poll hears of connections until close.
func (t *connections) poll() {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return // closed before it began
	}
	events := make([]unix.EpollEvent, 256)
	for {
		var n int
		err := raw.Read(func(fd uintptr) bool {
			n, err = unix.EpollWait(int(fd), events, 0)
			return n > 0 || err != nil && err != unix.EINTR
		})
		if err != nil {
			return
		}
		for _, event := range events[:max(0, n)] {
			c := t.find(slot{event.Fd, event.Pad})
			switch {
			case c == nil:
			case event.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0:
				c.close(gone)
			default:
				c.writable()
			}
		}
	}
}

// tickEvery divides commentEvery, so that of many streams a few are written to at a
// time: of 10,000, 70, which take less than a millisecond.
const tickEvery = 100 * time.Millisecond

// leaveEvery is how many ticks those who were told to hurry have, at least.
const leaveEvery = int(lastMoment / tickEvery)

func (t *connections) tick() {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	began, done := time.Now(), 0
	for {
		select {
		case <-t.done:
			return
		case now := <-ticker.C:
			// A ticker leaves out those that nobody had time for; the parts are not left out.
			for due := int(now.Sub(began) / tickEvery); done < due; done++ {
				t.tickOnce(done, now)
			}
		}
	}
}

// tickOnce is the n-th tick: one part of the connections has its turn.
func (t *connections) tickOnce(n int, now time.Time) {
	if n%leaveEvery == 0 {
		for _, c := range t.leave() {
			if c.queued.Load() {
				t.hurry(c) // it has not had its turn yet, and may have an end to tell
				continue
			}
			c.close(gone)
		}
	}
	const parts = int(commentEvery / tickEvery)
	for _, c := range t.some(n%parts, parts) {
		c.tick(now)
	}
}

// some are the connections in every parts-th slot.
func (t *connections) some(part, parts int) []*conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	var some []*conn
	for i := part; i < len(t.slots); i += parts {
		if c := t.slots[i]; c != nil {
			some = append(some, c)
		}
	}
	return some
}

// close ends poll and tick, and lets nobody in any more.
func (t *connections) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	close(t.done)
	_ = t.file.Close() // it only ever listened
}

// closeAll gives each connection what can be written at once, and closes it.
func (t *connections) closeAll() {
	t.serving.Wait()
	var s scratch
	for _, c := range t.some(0, 1) {
		c.flush(&s)
		c.close(gone)
	}
}

package sse

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// connections are all that a pump writes to, and the poller that hears of closed
// and again-writable ones.
//
// The poller is an epoll of our own, inside that of the runtime: the goroutine
// that reads it sleeps like one that reads a socket, and holds no thread.
type connections struct {
	file *os.File // of the epoll
	raw  syscall.RawConn
	done chan struct{} // closed by close
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
	t.file, t.done = os.NewFile(uintptr(epoll), "epoll"), make(chan struct{})
	t.raw, err = t.file.SyscallConn()
	return err
}

// add begins to listen to a connection, and counts it as serving.
func (t *connections) add(c *conn) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return ErrPumpClosed
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
	if err := t.control(c, unix.EPOLL_CTL_ADD, unix.EPOLLRDHUP|unix.EPOLLET); err != nil {
		t.remove(c)
		t.serving.Done()
		return os.NewSyscallError("epoll_ctl", err)
	}
	return nil
}

// watchWritable listens for the moment when bytes are taken again. If they are
// already, the poller hears of it at once.
func (t *connections) watchWritable(c *conn) error {
	return t.control(c, unix.EPOLL_CTL_MOD, unix.EPOLLRDHUP|unix.EPOLLOUT|unix.EPOLLET)
}

func (t *connections) control(c *conn, operation int, events uint32) error {
	var gone, failed error
	closed := t.raw.Control(func(epoll uintptr) {
		gone = c.raw.Control(func(fd uintptr) {
			event := unix.EpollEvent{Events: events, Fd: c.slot.index, Pad: c.slot.generation}
			failed = unix.EpollCtl(int(epoll), operation, int(fd), &event)
		})
	})
	return errors.Join(closed, gone, failed)
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

// hurry closes the connection between one and two times lastMoment from now.
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
	events := make([]unix.EpollEvent, 256)
	for {
		var n int
		var failed error
		closed := t.raw.Read(func(fd uintptr) bool {
			n, failed = unix.EpollWait(int(fd), events, 0)
			return n > 0 || failed != nil && failed != unix.EINTR
		})
		if closed != nil || failed != nil {
			return
		}
		for _, event := range events[:n] {
			c := t.find(slot{event.Fd, event.Pad})
			switch {
			case c == nil:
			case event.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0:
				c.leave()
			default:
				c.writable()
			}
		}
	}
}

// tickEvery divides commentEvery, so that of many streams a few are written to at a
// time: of 10,000, 70, which take less than a millisecond.
const (
	tickEvery = 100 * time.Millisecond
	tickParts = int(commentEvery / tickEvery)
)

func (t *connections) tick() {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	began, left, done := time.Now(), time.Now(), 0
	for {
		select {
		case <-t.done:
			return
		case now := <-ticker.C:
			if now.Sub(left) >= lastMoment {
				left = now
				t.letGo()
			}
			// A ticker leaves out those that nobody had time for; the parts are not left out,
			// but a machine that has slept for an hour does not make up for it.
			due := int(now.Sub(began) / tickEvery)
			for done = max(done, due-tickParts); done < due; done++ {
				for _, c := range t.some(done%tickParts, tickParts) {
					c.tick(now)
				}
			}
		}
	}
}

// letGo closes those whose time to hurry is over. It is called every lastMoment.
func (t *connections) letGo() {
	for _, c := range t.leave() {
		if c.queued.Load() || c.opening.Load() {
			t.hurry(c) // it has not had its turn yet, and may have an end to tell
			continue
		}
		c.close(gone)
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

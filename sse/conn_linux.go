package sse

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// conn is a stream's connection that was taken from net/http: no goroutine and no
// buffer belongs to it. It writes without waiting; the rest of an unfinished write
// is kept, and written before anything else.
//
// What each delivery looks at comes first: two lines of memory. The whole is three, so
// that it begins with one.
type conn struct {
	stream *Stream
	// raw keeps the descriptor from being closed, and used by somebody else,
	// while it is written to.
	raw syscall.RawConn

	// mu guards what follows, but for the atomics. It is taken before the locks of the
	// hub and the pump, and never while one of them is held.
	mu      sync.Mutex
	rest    []byte // of the write in progress
	last    bool   // close when rest is written
	over    bool   // the duration has passed
	closed  bool
	waiting bool // the poller will say when it takes bytes again
	// queued keeps a connection from standing in the queue twice. left says that the
	// reader has gone; shed, that too many bytes wait for readers, and this one's have for
	// the longest.
	queued, left, shed atomic.Bool
	// opening is set while Serve makes what a new stream is told first: whoever serves
	// others as well must not wait for mu then.
	opening atomic.Bool
	held    *holding
	stalled time.Time // since when the reader has taken less than maxBatch bytes
	mark    int       // of rest that were left then

	size  int // of which rest is left
	timer *time.Timer

	// These never change.
	pump *Pump
	net  net.Conn
	slot slot
	_    [24]byte
}

// Serve takes over a connection whose request was read: it writes head, then the events of the stream,
// until the stream ends, the reader goes, or the duration has passed; 0 is no duration. It returns when
// what there is now was written, as far as the reader takes it. If it fails, it has done nothing: with
// ErrPumpClosed, or the error of a kernel that listens to no more connections (fs.epoll.max_user_watches).
func (p *Pump) Serve(nc net.Conn, head []byte, stream *Stream, duration time.Duration) error {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return errors.ErrUnsupported
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	c := &conn{pump: p, stream: stream, net: nc, raw: raw}
	c.opening.Store(true)
	// Until the head is what is written first, nobody may write: from here on the
	// poller knows the connection, and then the hub.
	c.mu.Lock()
	if err := p.connections.add(c); err != nil {
		c.mu.Unlock()
		return err
	}
	defer p.connections.serving.Done()
	stream.Attach(c)
	data, state := stream.Next()
	if data == nil {
		data = comment // that it is connected a reader should see at once
	}
	c.keep(c.lead(head, data))
	c.last = state == Last
	if duration > 0 {
		c.timer = time.AfterFunc(duration, c.expire)
	}
	c.mu.Unlock()
	// Here and not by a worker: what a new stream is told may take long to encode, first
	// the snapshot and then the list of peers, and only who has asked for it should wait.
	var s scratch
	c.flushNow(&s)
	// What comes from now on wakes it; what has come meanwhile it is told now.
	c.opening.Store(false)
	c.flush(&s)
	return nil
}

// lead is what to write first. A large event is shared by many and not copied behind
// each one's head: the head goes ahead, and a new connection has taken it.
func (c *conn) lead(head, data []byte) []byte {
	if len(data) > maxBatch {
		var call rawWrite
		n, _ := call.write(c.raw, head)
		c.stream.Wrote(n)
		if head = head[n:]; len(head) == 0 {
			return data
		}
	}
	return append(head, data...)
}

// keep makes data the write in progress.
func (c *conn) keep(data []byte) { c.rest, c.size = data, len(data) }

// Wake lets a worker write.
func (c *conn) Wake() {
	if c.queued.CompareAndSwap(false, true) {
		c.pump.enqueue(c.stream.hub, c)
	}
}

// Hurry gives an unfinished write a moment, then closes the connection.
func (c *conn) Hurry() { c.pump.connections.hurry(c) }

// work is the connection's turn in the queue.
func (c *conn) work(s *scratch) {
	c.queued.Store(false)
	c.flush(s)
}

// fetch touches what each flush looks at, in two lines of memory, for [writer.fetch].
func (c *conn) fetch() uint64 {
	touched := c.stream.fetch()
	if c.shed.Load() {
		touched++
	}
	return touched
}

// flush writes what there is, as far as the reader takes it.
func (c *conn) flush(s *scratch) {
	if !c.opening.Load() { // else Serve will: a worker that waited would hold up other rooms
		c.flushNow(s)
	}
}

func (c *conn) flushNow(s *scratch) {
	c.mu.Lock()
	done := c.left.Load() || c.shed.Load() || c.flushLocked(s)
	c.mu.Unlock()
	if done {
		c.close(gone)
	}
}

// flushLocked reports whether the connection has to be closed.
func (c *conn) flushLocked(s *scratch) bool {
	for idle := false; !c.closed; {
		if len(c.rest) > 0 {
			if c.waiting {
				return false
			}
			n, err := s.call.write(c.raw, c.rest[:min(len(c.rest), maxBatch)])
			c.stream.Wrote(n)
			c.rest = c.rest[n:]
			if c.mark-len(c.rest) >= maxBatch {
				c.stalled = time.Time{}
			}
			switch {
			case err == unix.EAGAIN:
				return !c.waitLocked()
			case err != nil:
				return true
			case len(c.rest) > 0:
				continue // a signal, a buffer that took a part, or more than maxBatch
			}
			c.doneLocked()
		}
		if c.last || c.over {
			return true
		}
		if idle {
			return false
		}
		data, state := c.stream.Next()
		c.keep(data)
		c.last, idle = state == Last, state == Idle
	}
	return false
}

// waitLocked leaves the rest to the poller. It reports false if that cannot be.
func (c *conn) waitLocked() bool {
	if c.stalled.IsZero() {
		c.stalled, c.mark = time.Now(), len(c.rest)
	}
	if c.held == nil {
		c.held = c.stream.backlog().hold(c.rest, c.size, c.sendAway)
	}
	c.waiting = true
	c.stream.setWaiting(true)
	return c.pump.connections.watchWritable(c) == nil
}

// doneLocked says that rest was written.
func (c *conn) doneLocked() {
	c.rest, c.stalled, c.mark = nil, time.Time{}, 0
	if c.held != nil {
		c.stream.backlog().release(c.held)
		c.held = nil
	}
}

// sendAway lets a worker close the connection, whatever is left to write.
func (c *conn) sendAway() {
	c.shed.Store(true)
	c.Wake()
}

// leave does so because the reader has gone: the poller, which says it, has others to
// listen to.
func (c *conn) leave() {
	c.left.Store(true)
	c.Wake()
}

// writable is the poller's word that bytes are taken again.
func (c *conn) writable() {
	c.mu.Lock()
	c.waiting = false
	c.stream.setWaiting(false)
	c.mu.Unlock()
	c.Wake()
}

// expire ends the stream after its duration: behind a whole event, if the reader
// takes it in a moment.
func (c *conn) expire() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.Wake()
	c.Hurry()
}

// tick is called every commentEvery. It writes a comment, and closes what will
// never be read.
func (c *conn) tick(now time.Time) {
	if c.opening.Load() {
		return // it is told enough as it is
	}
	c.mu.Lock()
	why, dead := c.isDeadLocked(now)
	if !dead && len(c.rest) == 0 && !c.closed {
		c.keep(comment)
	}
	c.mu.Unlock()
	if dead {
		c.close(why)
		return
	}
	c.Wake()
}

// isDeadLocked reports whether nobody will ever read, and why.
func (c *conn) isDeadLocked(now time.Time) (why ending, dead bool) {
	switch {
	case !c.stalled.IsZero() && now.Sub(c.stalled) > stallAfter:
		return stalled, true
	case !c.closed && isSilent(c.raw):
		return silent, true
	}
	return gone, false
}

// close lets go of the connection and its stream. It may be called several times,
// by anybody who holds no lock.
func (c *conn) close(why ending) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	c.doneLocked()
	if c.timer != nil {
		c.timer.Stop()
	}
	switch {
	case c.over:
		why = outOfTime
	case c.shed.Load():
		why = stalled
	}
	c.mu.Unlock()
	c.pump.connections.remove(c)
	_ = c.net.Close() // there is nobody to be told
	c.stream.close(why)
}

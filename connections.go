package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections bounds those that wait for a request: new ones, those whose header has
// not come to its end, and those kept for the next request. Each takes 20 KB (50 KB
// with TLS) and a descriptor, and strangers make as many as they like. When there are
// too many, the one that has waited the longest is closed, which is one of a flood
// rather than one of somebody who has something to say.
//
// A connection whose request is being answered, or that has a stream, does not wait.
type connections struct {
	most int // 0 is no bound
	now  func() time.Time

	// mu guards what follows.
	mu     sync.Mutex
	byConn map[net.Conn]*connection
	// waiting is the root of a ring: after it comes the one that waits the longest.
	waiting connection
	count   int
}

// connection is a place in the ring, since a moment; one that does not wait is in none.
type connection struct {
	conn          net.Conn
	since         time.Time
	before, after *connection
}

// firstMoment is what a request has to come in, on a machine that a flood keeps busy.
// Only when there are twice too many is a connection closed before it is over.
const firstMoment = time.Second

func newConnections(most int) *connections {
	c := &connections{most: most, now: time.Now, byConn: make(map[net.Conn]*connection)}
	c.waiting.before, c.waiting.after = &c.waiting, &c.waiting
	return c
}

// watch is the ConnState of a server.
func (c *connections) watch(conn net.Conn, state http.ConnState) {
	if c.most == 0 {
		return
	}
	if longest := c.move(conn, state); longest != nil {
		// Close of a TLS connection would write, and wait for its reader.
		if encrypted, ok := longest.(*tls.Conn); ok {
			longest = encrypted.NetConn()
		}
		_ = longest.Close() // its reader is told of it
	}
}

// move takes note of the state, and gives the connection that is to be closed, or nil.
func (c *connections) move(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.byConn[conn]
	switch state {
	case http.StateNew:
		at = &connection{conn: conn}
		c.byConn[conn] = at
		c.waitLocked(at)
	case http.StateIdle:
		c.waitLocked(at)
	case http.StateActive:
		c.wakeLocked(at)
	case http.StateHijacked, http.StateClosed:
		c.wakeLocked(at)
		delete(c.byConn, conn)
	}
	longest := c.waiting.after
	if c.count <= c.most || c.count <= 2*c.most && c.now().Sub(longest.since) < firstMoment {
		return nil
	}
	c.wakeLocked(longest)
	delete(c.byConn, longest.conn)
	return longest.conn
}

// waitLocked puts it behind the others; nil is one that is being closed.
func (c *connections) waitLocked(at *connection) {
	if at == nil {
		return
	}
	c.wakeLocked(at)
	at.since, at.before, at.after = c.now(), c.waiting.before, &c.waiting
	at.before.after, at.after.before = at, at
	c.count++
}

func (c *connections) wakeLocked(at *connection) {
	if at == nil || at.after == nil {
		return
	}
	at.before.after, at.after.before = at.after, at.before
	at.before, at.after = nil, nil
	c.count--
}

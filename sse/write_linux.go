package sse

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// rawWrite is one write, so that no closure is made for each.
type rawWrite struct {
	call func(fd uintptr)
	data []byte
	n    int
	err  error
}

// write writes as much as the socket takes; EAGAIN says that it took not all.
//
// Control keeps the descriptor open, as Write would, but does not ask the runtime's
// poller, whose record of each connection is one more place in memory that no cache
// holds; and nobody else writes, since the connection's mu is held.
func (w *rawWrite) write(raw syscall.RawConn, data []byte) (int, error) {
	if w.call == nil {
		w.call = func(fd uintptr) { w.n, w.err = writeNow(fd, w.data) }
	}
	// Where the descriptor was closed, call is not called.
	w.data, w.n, w.err = data, 0, nil
	err := raw.Control(w.call)
	w.data = nil
	if err == nil {
		err = w.err
	}
	if err == unix.EINTR {
		err = nil
	}
	return max(0, w.n), err
}

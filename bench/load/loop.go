//go:build linux

// Package load is the other side of the wire: thousands of readers and some
// writers on raw sockets, in one goroutine, so that the load is never what holds
// a server up.
//
//	Writer.Send ──▶ server ──▶ sockets ──▶ Loop.Step ──▶ Crowd: counts the updates of each reader
//	     ▲                                     │            and checks their ids
//	     └────────── next one ◀── answered ◀───┘
//
// A Dialect says how a server wants to be spoken to. What is read is not
// decoded: events are found by their empty line, and of each only the lines
// before its data are looked at.
package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// One read takes what a socket has. Frames under pressure come by the dozen.
	readBytes = 256 << 10
	// So many sockets are read, or so many bytes of them, before the urgent ones are asked
	// again, and one read may be more: at about 1 µs each, and 1 ns a byte, it bounds the
	// error of a measured latency.
	batch      = 16
	batchBytes = 16 << 10
	// How often a loop that waits looks whether it has been cancelled.
	glance = 100 * time.Millisecond
)

// ErrLate is what a condition that was not met in time gives.
var ErrLate = errors.New("not in time")

// receiver is told what its socket has read; the bytes are its own only during
// the call.
type receiver interface {
	receive(chunk []byte) error
}

// Loop reads sockets as they become readable. It is for one goroutine.
type Loop struct {
	// Spin asks again at once when there is nothing to read. A load that sleeps is
	// woken by the server's write(), on the server's time: a few µs a frame, and
	// the more often the faster the server is. It takes a CPU of its own.
	Spin bool

	// Two sets of sockets: those that a latency is measured on are asked first,
	// whatever else there is to read.
	urgent, bulk int
	sockets      map[int32]receiver
	events       [batch]unix.EpollEvent
	buffer       []byte
}

// NewLoop gives a loop without sockets; Close ends it.
func NewLoop() (*Loop, error) {
	urgent, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	bulk, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		_ = unix.Close(urgent)
		return nil, err
	}
	return &Loop{urgent: urgent, bulk: bulk, sockets: map[int32]receiver{}, buffer: make([]byte, readBytes)}, nil
}

// Close closes all sockets.
func (l *Loop) Close() {
	for socket := range l.sockets {
		// Reset, not FIN: thousands of sockets that wait for their time (TCP's
		// TIME_WAIT) would be in the way of the next measurement.
		_ = unix.SetsockoptLinger(int(socket), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		_ = unix.Close(int(socket))
	}
	_ = unix.Close(l.urgent)
	_ = unix.Close(l.bulk)
}

// watch hands what the socket reads to the receiver.
func (l *Loop) watch(socket int, to receiver, urgent bool) error {
	set := l.bulk
	if urgent {
		set = l.urgent
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(socket)}
	if err := unix.EpollCtl(set, unix.EPOLL_CTL_ADD, socket, &event); err != nil {
		return fmt.Errorf("watch a socket: %w", err)
	}
	l.sockets[int32(socket)] = to
	return nil
}

// Step reads what there is, the urgent sockets first; with nothing to read, and
// without Spin, it waits for something, at most until the given time.
func (l *Loop) Step(ctx context.Context, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	first, err := l.read(l.urgent)
	if err != nil {
		return err
	}
	then, err := l.read(l.bulk)
	if err != nil || first+then > 0 {
		return err
	}
	wait := min(time.Until(until), glance)
	if wait <= 0 || l.Spin {
		return nil
	}
	// A timeout of poll is whole milliseconds; ppoll keeps the pace of writes that
	// are due between them.
	timeout := unix.NsecToTimespec(wait.Nanoseconds())
	sets := []unix.PollFd{{Fd: int32(l.urgent), Events: unix.POLLIN}, {Fd: int32(l.bulk), Events: unix.POLLIN}}
	if _, err := unix.Ppoll(sets, &timeout, nil); err != nil && err != unix.EINTR {
		return fmt.Errorf("wait for sockets: %w", err)
	}
	return nil
}

// Until steps until the condition is met, at most for so long.
func (l *Loop) Until(ctx context.Context, within time.Duration, met func() bool) error {
	deadline := time.Now().Add(within)
	for !met() {
		if err := l.Step(ctx, deadline); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return ErrLate
		}
	}
	return nil
}

// read reads once from each readable socket of the set, and says how many there
// were. A socket that has more stays readable.
func (l *Loop) read(set int) (int, error) {
	ready, err := unix.EpollWait(set, l.events[:], 0)
	if err == unix.EINTR {
		return 1, nil // come back at once
	}
	if err != nil {
		return 0, fmt.Errorf("ask for readable sockets: %w", err)
	}
	for i, total := 0, 0; i < ready && total < batchBytes; i++ {
		socket := l.events[i].Fd
		n, err := unix.Read(int(socket), l.buffer)
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			continue
		case err != nil:
			return ready, fmt.Errorf("read from the server: %w", err)
		case n == 0:
			return ready, errors.New("the server has closed a connection")
		}
		total += n
		if err := l.sockets[socket].receive(l.buffer[:n]); err != nil {
			return ready, err
		}
	}
	return ready, nil
}

//go:build linux

// Package floor is the price of the kernel: what a fan-out costs when nothing is
// left but the sockets.
//
//	reader: record 'R' room ──▶ room's list ──▶ greeting          (its goroutine ends)
//	writer: record 'W' room ──▶ one write() for each reader ──▶ answer
//
// No HTTP, no JSON, no tokens, no store, nothing encoded: one prepared frame. A
// reader is a socket in a list, without goroutine and without buffer. Whatever
// any server does for a delivery comes on top of this.
package floor

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
)

// RecordBytes is the size of all that a client sends: 'R' or 'W', then the name
// of the room, then spaces. A fixed size needs no parser.
const RecordBytes = 64

// Greeting is what a reader is sent when it is in its room; Answer what a writer
// is sent when the frame has gone to all readers.
const (
	Greeting = "event: snapshot\ndata: {}\n\n"
	Answer   = "ok\n\n"
)

// Record is what a client sends to read ('R') or to write to ('W') a room.
func Record(kind byte, room string) []byte {
	return []byte(string(kind) + room + strings.Repeat(" ", RecordBytes-1-len(room)))
}

// Frame is the prepared event, of so many bytes.
func Frame(size int) []byte {
	const head, tail = "event: update\ndata: ", "\n\n"
	return []byte(head + strings.Repeat("x", max(1, size-len(head)-len(tail))) + tail)
}

type server struct {
	frame []byte

	mu    sync.RWMutex // guards rooms, not what is in them
	rooms map[string]*readers
}

type readers struct {
	mu   sync.Mutex
	list []*reader
}

type reader struct {
	conn net.Conn
	// send is made once: a closure for each write would be work that the kernel
	// does not ask for.
	send func(descriptor uintptr) bool
	raw  syscall.RawConn
	err  error
}

// Serve answers connections, with frames of frameBytes, until ctx is done.
func Serve(ctx context.Context, listener net.Listener, frameBytes int) error {
	s := &server{frame: Frame(frameBytes), rooms: map[string]*readers{}}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		running.Go(func() { s.serve(ctx, conn) })
	}
}

// serve reads records until the connection turns out to be a reader's, or ends.
func (s *server) serve(ctx context.Context, conn net.Conn) {
	unblock := context.AfterFunc(ctx, func() { _ = conn.Close() })
	var record [RecordBytes]byte
	for {
		if _, err := io.ReadFull(conn, record[:]); err != nil {
			unblock()
			_ = conn.Close()
			return
		}
		name := strings.TrimRight(string(record[1:]), " ")
		if record[0] == 'R' {
			unblock() // it would hold memory for each reader; the process ends anyway
			s.room(name).add(conn)
			return
		}
		s.room(name).deliver(s.frame)
		if _, err := conn.Write([]byte(Answer)); err != nil {
			unblock()
			_ = conn.Close()
			return
		}
	}
}

func (s *server) room(name string) *readers {
	s.mu.RLock()
	room, ok := s.rooms[name]
	s.mu.RUnlock()
	if ok {
		return room
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if room, ok = s.rooms[name]; !ok {
		room = &readers{}
		s.rooms[name] = room
	}
	return room
}

func (r *readers) add(conn net.Conn) {
	// Who has been greeted is in the room: a frame waits for the lock.
	r.mu.Lock()
	defer r.mu.Unlock()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err == nil {
		_, err = io.WriteString(conn, Greeting)
	}
	if err != nil {
		_ = conn.Close()
		return
	}
	r.list = append(r.list, &reader{conn: conn, raw: raw})
}

// deliver writes the frame to each reader, in the goroutine of the writer. A
// reader that does not take all of it at once is cut off: the floor keeps
// nothing for later, and a load that is too slow must show as missing frames.
func (r *readers) deliver(frame []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.list[:0]
	for _, to := range r.list {
		if to.write(frame) {
			kept = append(kept, to)
		} else {
			_ = to.conn.Close()
		}
	}
	clear(r.list[len(kept):])
	r.list = kept
}

func (r *reader) write(frame []byte) bool {
	if r.send == nil {
		r.send = func(descriptor uintptr) bool {
			n, err := syscall.Write(int(descriptor), frame)
			if err == nil && n < len(frame) {
				err = io.ErrShortWrite
			}
			r.err = err
			return true // never wait for the socket
		}
	}
	return r.raw.Write(r.send) == nil && r.err == nil
}

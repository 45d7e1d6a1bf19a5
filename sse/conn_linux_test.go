package sse

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pair is the two ends of a connection.
func pair(t *testing.T) (ours, theirs *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	dialled, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dialled.Close() })
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	return accepted.(*net.TCPConn), dialled.(*net.TCPConn)
}

// Whoever has given a connection to a pump that does not take it still has it, and is told
// why: the kernel listens to a connection once, and to so many in all.
func TestPumpThatDoesNotTakeAConnection(t *testing.T) {
	pump, err := NewPump()
	if err != nil {
		t.Fatal(err)
	}
	hub := NewHub("s", 0, largeSource{}, new(Stats), pump)
	open := func() *Stream { return hub.Open(Options{Filter: everything{}}) }
	ours, theirs := pair(t)
	if err := pump.Serve(ours, nil, open(), 0); err != nil {
		t.Fatal(err)
	}
	if err := pump.Serve(ours, nil, open(), 0); !errors.Is(err, unix.EEXIST) {
		t.Errorf("a connection that it has: %v", err)
	}
	other, _ := pair(t)
	if err := pump.Serve(theirs, nil, open(), 0); err != nil {
		t.Errorf("one more connection: %v", err)
	}
	pump.Close()
	pump.Run()
	if err := pump.Serve(other, nil, open(), 0); !errors.Is(err, ErrPumpClosed) {
		t.Errorf("a pump that is closed: %v", err)
	}
}

// A fan-out of thousands reads two lines of each connection, and not a third because one
// begins in the middle of a line: the allocator has a size of three lines.
func TestConnectionLiesInLines(t *testing.T) {
	const line = 64
	var c conn
	if size, cold := unsafe.Sizeof(c), unsafe.Offsetof(c.size); size != 3*line || cold > 2*line {
		t.Errorf("%d bytes, of which %d are looked at", size, cold)
	}
}

// A worker writes to one connection after the other with the same rawWrite: what it has
// written to the last must not be taken for what a closed one has taken.
func TestWriteToAClosedConnectionHasWrittenNothing(t *testing.T) {
	open, _ := pair(t)
	closed, _ := pair(t)
	toOpen, err := open.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	toClosed, err := closed.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	var call rawWrite
	if n, err := call.write(toOpen, make([]byte, 200)); n != 200 || err != nil {
		t.Fatalf("open: %d, %v", n, err)
	}
	if n, err := call.write(toClosed, comment); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %d, %v", n, err)
	}
}

// Who was told to hurry and has not had its turn yet may still have its end to tell.
func TestNoSilenceForWhoWaitsForItsTurn(t *testing.T) {
	var all connections
	c := &conn{}
	c.queued.Store(true)
	all.hurry(c)
	for range 5 {
		all.letGo()
	}
	if c.closed || len(all.hurried)+len(all.leaving) != 1 {
		t.Errorf("closed %v, %d told to hurry, %d about to be closed", c.closed, len(all.hurried), len(all.leaving))
	}
}

// What the socket has taken of the head is not sent again: whoever has asked for much on the
// same connection, and not read it, leaves room for a part of the head.
func TestSeamHeadIsSentOnce(t *testing.T) {
	const length = 300
	_, _, most := filled(t, 64<<20)
	for room := 10; room < length; room += 50 {
		ours, theirs, _ := filled(t, most-room)
		raw, err := ours.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		c := &conn{raw: raw, stream: &Stream{hub: NewHub("s", 0, nil, new(Stats), nil)}}
		rest := c.lead(bytes.Repeat([]byte("h"), length), bytes.Repeat([]byte("d"), maxBatch+1))
		var writing sync.WaitGroup
		writing.Go(func() {
			_, _ = ours.Write(rest)
			_ = ours.Close()
		})
		all, err := io.ReadAll(theirs)
		writing.Wait()
		if got := bytes.Count(all, []byte("h")); got != length || err != nil {
			t.Errorf("with room for %d: %d bytes of a head of %d, %v", room, got, length, err)
		}
	}
}

// filled is a connection whose reader has left so many bytes unread, or as many as go in.
func filled(t *testing.T, most int) (ours, theirs *net.TCPConn, took int) {
	t.Helper()
	ours, theirs = pair(t)
	_ = ours.SetWriteBuffer(64 << 10)
	_ = theirs.SetReadBuffer(64 << 10)
	raw, err := ours.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for call := new(rawWrite); took < most; {
		n, err := call.write(raw, make([]byte, min(37, most-took)))
		if took += n; err != nil {
			break
		}
	}
	return ours, theirs, took
}

// largeSource has a snapshot of 8 MB.
type largeSource struct{}

func (largeSource) CatchUp(Cursor, Filter) ([]byte, Cursor) { return make([]byte, 8<<20), At(0) }
func (largeSource) Peers() ([]byte, Cursor)                 { return nil, Cursor{} }

// A reader that takes a large event slowly is not cut off: it has its five minutes for each
// 64 KiB.
func TestNoSilenceForWhoTakesSlowly(t *testing.T) {
	pump, err := NewPump()
	if err != nil {
		t.Fatal(err)
	}
	defer pump.Run()
	defer pump.Close()
	stream := NewHub("s", 0, largeSource{}, new(Stats), pump).Open(Options{Filter: everything{}})
	ours, theirs, _ := filled(t, 0)
	if err := pump.Serve(ours, nil, stream, 0); err != nil {
		t.Fatal(err)
	}
	c := stream.sink.(*conn)
	since, left := c.stalled, len(c.rest)
	if since.IsZero() {
		t.Fatal("8 MB went into the socket at once")
	}
	for len(c.rest) > left-maxBatch {
		if !c.stalled.Equal(since) {
			t.Fatalf("%d bytes were enough for more time", left-len(c.rest))
		}
		if _, err := io.CopyN(io.Discard, theirs, 4<<10); err != nil {
			t.Fatal(err)
		}
		c.waiting = false // the poller would say so
		c.flushNow(new(scratch))
	}
	if !c.stalled.After(since) {
		t.Errorf("after %d bytes it is stalled since %v still", left-len(c.rest), since)
	}
}

// The numbers are of Linux 6.18: a reader that answers though it reads nothing, and a machine
// that has gone.
func TestNoSilenceForWhoOnlyDoesNotRead(t *testing.T) {
	for name, test := range map[string]struct {
		info unix.TCPInfo
		want bool
	}{
		"a closed window, asked for with a segment": {unix.TCPInfo{Unacked: 1, Backoff: 7, Last_ack_recv: 20660}, false},
		"a closed window, asked for with probes":    {unix.TCPInfo{Probes: 1, Backoff: 7, Last_ack_recv: 20660}, false},
		"gone, with bytes on their way":             {unix.TCPInfo{Unacked: 1, Retransmits: 6, Last_ack_recv: 20660}, true},
		"gone, with a closed window":                {unix.TCPInfo{Probes: 3, Last_ack_recv: 20660}, true},
		"bytes lost a moment ago":                   {unix.TCPInfo{Unacked: 1, Retransmits: 2, Last_ack_recv: 900}, false},
	} {
		if got := saysSilent(&test.info); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

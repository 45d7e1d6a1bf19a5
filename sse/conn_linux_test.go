package sse

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
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
	for n := range 5 * leaveEvery {
		all.tickOnce(n, time.Time{})
	}
	if c.closed || len(all.hurried)+len(all.leaving) != 1 {
		t.Errorf("closed %v, %d told to hurry, %d about to be closed", c.closed, len(all.hurried), len(all.leaving))
	}
}

// slowSource is a source that takes its time: until it is told to go on.
type slowSource struct {
	asked, goOn chan struct{}
}

func (s slowSource) CatchUp(Cursor, Filter) ([]byte, Cursor) {
	s.asked <- struct{}{}
	<-s.goOn
	return Snapshot("s", 0, nil), At(0)
}

func (slowSource) Peers() ([]byte, Cursor) { return nil, Cursor{} }

// What a new stream is told first may take long to make. No worker waits for it, and what
// has happened meanwhile is told behind it.
func TestAloneNoWorkerWaitsForANewStream(t *testing.T) {
	pump, err := NewPump()
	if err != nil {
		t.Fatal(err)
	}
	source := slowSource{make(chan struct{}), make(chan struct{})}
	hub := NewHub("s", 0, source, new(Stats), pump)
	stream := hub.Open(Options{Filter: everything{}})
	ours, theirs := pair(t)
	var serving sync.WaitGroup
	serving.Go(func() {
		if !pump.Serve(ours, nil, stream, 0) {
			t.Error("the pump does not take a TCP connection")
		}
	})
	<-source.asked
	frame := NewFrame("s", 1, []Member{{Key: "a", Name: []byte(`"a"`), Value: []byte("{}")}})
	hub.Publish(News{Revision: 1, Update: frame})
	turn, _ := pump.next(nil)
	if served := turn.work(new(scratch)); served != 1 { // it has come back
		t.Errorf("%d streams had their turn", served)
	}
	close(source.goOn)
	serving.Wait()
	want := string(Snapshot("s", 0, nil)) + string(frame.For(everything{}))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(theirs, got); err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	hub.Close()
	pump.Close()
	pump.Run()
}

package sse

import (
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
)

// slowSource is a source that takes its time, for a snapshot or for the list of peers:
// until it is told to go on.
type slowSource struct {
	slowPeers   bool
	asked, goOn chan struct{}
}

func (s slowSource) CatchUp(Cursor, Filter) ([]byte, Cursor) {
	s.takeTime(!s.slowPeers)
	return Snapshot("s", 0, nil), At(0)
}

func (s slowSource) Peers() ([]byte, Cursor) {
	s.takeTime(s.slowPeers)
	return Peers([]byte("{}")), At(0)
}

func (s slowSource) takeTime(here bool) {
	if here {
		s.asked <- struct{}{}
		<-s.goOn
	}
}

// opening is a stream that is being opened, and whose source takes its time.
type opening struct {
	*testing.T
	pump    *Pump
	hub     *Hub
	conn    *conn
	source  slowSource
	theirs  *net.TCPConn
	serving sync.WaitGroup
}

func open(t *testing.T, pump *Pump, slowPeers bool) *opening {
	t.Helper()
	o := &opening{T: t, pump: pump, source: slowSource{slowPeers, make(chan struct{}), make(chan struct{})}}
	o.hub = NewHub("s", 0, o.source, new(Stats), pump)
	stream := o.hub.Open(Options{Filter: everything{}, Peers: true})
	ours, theirs := pair(t)
	o.theirs = theirs
	o.serving.Go(func() {
		if err := pump.Serve(ours, nil, stream, 0); err != nil {
			t.Error(err)
		}
	})
	<-o.source.asked
	o.conn = stream.sink.(*conn)
	return o
}

func (o *opening) goOn() {
	close(o.source.goOn)
	o.serving.Wait()
}

// atOnce wants that something does not wait for the stream that is being opened.
func (o *opening) atOnce(what string, do func()) {
	o.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		o.Errorf("waits for a stream that is being opened: %s", what)
		o.goOn()
		<-done
		o.FailNow()
	}
}

// What a new stream is told first may take long to make. Nobody waits for it who has others
// to serve, and what has happened meanwhile is told behind it.
func TestAloneNobodyWaitsForANewStream(t *testing.T) {
	for name, slowPeers := range map[string]bool{"snapshot": false, "peers": true} {
		t.Run(name, func(t *testing.T) {
			pump, err := NewPump()
			if err != nil {
				t.Fatal(err)
			}
			o := open(t, pump, slowPeers)
			frame := NewFrame("s", 1, []Member{{Key: "a", Name: []byte(`"a"`), Value: []byte("{}")}})
			o.hub.Publish(News{Revision: 1, Update: frame})
			o.atOnce("a worker", func() {
				turn, _ := pump.next(nil)
				turn.work(new(scratch))
			})
			o.atOnce("comments", func() { o.conn.tick(time.Now()) })
			pump.connections.hurry(o.conn)
			o.atOnce("the end of those who hurry", func() {
				for range 5 {
					pump.connections.letGo()
				}
			})
			o.goOn()
			// The list comes alone, before what waits besides.
			want := string(Snapshot("s", 0, nil)) + string(Peers([]byte("{}"))) + string(frame.For(everything{}))
			got := make([]byte, len(want))
			if _, err := io.ReadFull(o.theirs, got); err != nil || string(got) != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
			o.hub.Close()
			pump.Close()
			pump.Run()
		})
	}
}

// A reader that goes while its stream is being opened holds up nobody else.
func TestAloneWhoGoesWhileItsStreamIsOpened(t *testing.T) {
	pump, err := NewPump()
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(pump.Run)
	o := open(t, pump, false)
	closed := make(chan struct{})
	other := NewHub("o", 0, largeSource{}, new(Stats), pump).Open(Options{Filter: everything{}, OnClose: func(*Stream) { close(closed) }})
	ours, theirs := pair(t)
	if err := pump.Serve(ours, nil, other, 0); err != nil {
		t.Fatal(err)
	}
	_ = o.theirs.CloseWrite()
	for !o.conn.left.Load() { // the poller has heard of it
		runtime.Gosched()
	}
	_ = theirs.Close()
	o.atOnce("word of another reader that has gone", func() { <-closed })
	o.goOn()
	pump.Close()
	running.Wait()
}

package e2e_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wire is all that a node has of NATS: a proxy before each server. It can be cut in
// the two ways in which networks go: one says no, the other nothing.
type wire struct {
	urls  []string
	group sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	refuses bool
	still   chan struct{} // not nil: nothing goes through until it is closed
}

func newWire(t *testing.T, servers []*natsServer) *wire {
	t.Helper()
	w := &wire{conns: make(map[net.Conn]struct{})}
	var listeners []net.Listener
	for _, server := range servers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, listener)
		w.urls = append(w.urls, "nats://"+listener.Addr().String())
		w.group.Go(func() { w.accept(listener, server.addr) })
	}
	t.Cleanup(func() {
		for _, listener := range listeners {
			_ = listener.Close()
		}
		w.heal()
		w.drop()
		w.group.Wait()
	})
	return w
}

func (w *wire) accept(listener net.Listener, server string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		w.group.Go(func() {
			defer client.Close()
			to, err := net.Dial("tcp", server)
			if err != nil {
				return
			}
			defer to.Close()
			if !w.add(client, to) {
				return
			}
			defer w.remove(client, to)
			w.group.Go(func() { w.copy(to, client) })
			w.copy(client, to)
		})
	}
}

// add takes the connections in, unless there are to be none.
func (w *wire) add(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuses {
		return false
	}
	for _, conn := range conns {
		w.conns[conn] = struct{}{}
	}
	return true
}

func (w *wire) remove(conns ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range conns {
		delete(w.conns, conn)
	}
}

func (w *wire) copy(to, from net.Conn) {
	_, _ = io.Copy(gate{to, w}, from)
	_ = to.Close()
	_ = from.Close()
}

// gate is the end of a connection that bytes come out of, as long as the wire is
// whole.
type gate struct {
	io.Writer
	wire *wire
}

func (g gate) Write(data []byte) (int, error) {
	g.wire.mu.Lock()
	still := g.wire.still
	g.wire.mu.Unlock()
	if still != nil {
		<-still
	}
	return g.Writer.Write(data)
}

// refuse ends all connections, and new ones at once.
func (w *wire) refuse() {
	w.mu.Lock()
	w.refuses = true
	w.mu.Unlock()
	w.drop()
}

// swallow lets nothing through, and ends nothing: what is sent arrives when the wire
// is healed, if anybody waits for it then.
func (w *wire) swallow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.still == nil {
		w.still = make(chan struct{})
	}
}

func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuses = false
	if w.still != nil {
		close(w.still)
		w.still = nil
	}
}

func (w *wire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.conns {
		_ = conn.Close()
	}
}

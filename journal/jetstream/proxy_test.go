package jetstream_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"session-store/journal"
)

// proxy stands between a client and a NATS server, and loses what it is told to.
type proxy struct {
	server   string
	listener net.Listener
	group    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	down  bool                      // takes no connections
	still chan struct{}             // not nil: nothing goes through until it is closed
	loses func(subject string) bool // of what the server says
}

func newProxy(t testing.TB, srv *server.Server) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		server: srv.Addr().String(), listener: listener,
		conns: make(map[net.Conn]struct{}), loses: func(string) bool { return false },
	}
	p.group.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.cut()
		p.group.Wait()
	})
	return p
}

// twoNodes share one server. The first one has a proxy between.
func twoNodes(t testing.TB) (between *proxy, one, two journal.Journal) {
	t.Helper()
	srv := single(t)
	between = newProxy(t, srv)
	return between, connectTo(t, between.url()), connectTo(t, srv.ClientURL())
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

// lose lets messages of the server disappear from now on.
func (p *proxy) lose(which func(subject string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loses = which
}

func nothing(string) bool         { return false }
func everything(string) bool      { return true }
func records(subject string) bool { return strings.Contains(subject, ".heard.") }

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}

// setDown cuts, and lets nobody connect until it is up again.
func (p *proxy) setDown(down bool) {
	p.mu.Lock()
	p.down = down
	p.mu.Unlock()
	if down {
		p.cut()
	}
}

// setStill lets nothing through, and ends nothing.
func (p *proxy) setStill(still bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if still {
		p.still = make(chan struct{})
	} else {
		close(p.still)
		p.still = nil
	}
}

// What is written to a gate waits while the proxy is still.
type gate struct {
	net.Conn
	proxy *proxy
}

func (g gate) Write(data []byte) (int, error) {
	g.proxy.mu.Lock()
	still := g.proxy.still
	g.proxy.mu.Unlock()
	if still != nil {
		<-still
	}
	return g.Conn.Write(data)
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.group.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	client = gate{client, p}
	plain, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	srv := gate{plain, p}
	defer srv.Close()
	p.mu.Lock()
	down := p.down
	p.conns[client], p.conns[srv] = struct{}{}, struct{}{}
	p.mu.Unlock()
	if !down {
		p.group.Go(func() {
			_, _ = io.Copy(srv, client)
			_ = srv.Close()
			_ = client.Close()
		})
		p.answer(client, bufio.NewReaderSize(srv, 1<<16))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	delete(p.conns, srv)
}

// answer passes on what the server says, message by message.
func (p *proxy) answer(client io.Writer, srv *bufio.Reader) {
	for {
		line, err := srv.ReadBytes('\n')
		if err != nil {
			return
		}
		subject, size := "", 0
		if bytes.HasPrefix(line, []byte("MSG ")) || bytes.HasPrefix(line, []byte("HMSG ")) {
			fields := strings.Fields(string(line))
			subject = fields[1]
			size, _ = strconv.Atoi(fields[len(fields)-1])
			rest := make([]byte, size+2)
			if _, err := io.ReadFull(srv, rest); err != nil {
				return
			}
			line = append(line, rest...)
		}
		p.mu.Lock()
		lost := subject != "" && p.loses(subject)
		p.mu.Unlock()
		if lost {
			continue
		}
		if _, err := client.Write(line); err != nil {
			return
		}
	}
}

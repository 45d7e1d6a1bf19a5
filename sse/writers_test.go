package sse_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"session-store/sse"
)

// bench is a hub behind a real server, with one of the two writing ends. Both
// pass the tests below.
type bench struct {
	*testing.T
	*counter
	server *httptest.Server
	filter sse.Filter
	opened chan *sse.Stream
	closed chan *sse.Stream
	// buffer is the size of the server's send buffer; 0 is the system's.
	buffer atomic.Int64
}

// eachWriter runs a test over the portable and the pumped writing end.
func eachWriter(t *testing.T, test func(b *bench)) {
	for _, pumped := range []bool{false, true} {
		t.Run(map[bool]string{false: "portable", true: "pumped"}[pumped], func(t *testing.T) {
			test(newBench(t, pumped))
		})
	}
}

func newBench(t *testing.T, pumped bool) *bench {
	b := &bench{T: t, counter: newCounter(), filter: all, opened: make(chan *sse.Stream, 1), closed: make(chan *sse.Stream, 100)}
	var pump *sse.Pump
	var running sync.WaitGroup
	if pumped {
		var err error
		if pump, err = sse.NewPump(); err != nil {
			t.Fatal(err)
		}
		running.Go(pump.Run)
	}
	b.hub = sse.NewHub("s", 0, b.counter, &b.stats, pump)
	b.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.handle(w, r, pump) }))
	b.server.Config.ConnState = b.shrink
	b.server.Start()
	t.Cleanup(func() {
		b.hub.Close()
		if pump != nil {
			pump.Close()
		}
		running.Wait()
		b.server.Close()
		if n := b.stats.Streams.Load(); n != 0 {
			t.Errorf("%d streams are left", n)
		}
	})
	return b
}

func (b *bench) handle(w http.ResponseWriter, r *http.Request, pump *sse.Pump) {
	b.mu.Lock()
	stream := b.hub.Open(sse.Options{Filter: b.filter, OnClose: b.noteClosed})
	b.mu.Unlock()
	b.opened <- stream
	if pump == nil {
		sse.Serve(w, r, stream, 0)
		return
	}
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		b.Error(err)
		return
	}
	if err := pump.Serve(connection, []byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), stream, 0); err != nil {
		b.Error(err)
	}
}

// shrink gives a new connection the buffer.
func (b *bench) shrink(connection net.Conn, state http.ConnState) {
	if size := b.buffer.Load(); size > 0 && state == http.StateNew {
		_ = connection.(*net.TCPConn).SetWriteBuffer(int(size))
	}
}

func (b *bench) noteClosed(s *sse.Stream) {
	select {
	case b.closed <- s:
	default: // so many that nobody waits for each
	}
}

// writeOn writes until stop is called, and has returned.
func (b *bench) writeOn() (stop func()) {
	over := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				b.write("a")
				runtime.Gosched()
			}
		}
	})
	return func() {
		close(over)
		writing.Wait()
	}
}

// connect opens a stream; the reader's buffer is its own.
func (b *bench) connect() (*net.TCPConn, *bufio.Reader, *sse.Stream) {
	b.Helper()
	conn, err := net.Dial("tcp", b.server.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		b.Fatal(err)
	}
	stream := <-b.opened
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		b.Fatal(err)
	}
	return conn.(*net.TCPConn), bufio.NewReader(response.Body), stream
}

// ids reads the ids of events up to the one with the revision.
func (b *bench) ids(lines *bufio.Reader, last uint64) (ids []uint64) {
	b.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			b.Fatalf("after %d events: %v", len(ids), err)
		}
		var id uint64
		if _, err := fmt.Sscanf(line, "id: s-%d\n", &id); err == nil {
			ids = append(ids, id)
		}
		// Until the whole event was read.
		if line == "\n" && len(ids) > 0 && ids[len(ids)-1] == last {
			return ids
		}
	}
}

func TestSeamEveryUpdateOnceOverBothWriters(t *testing.T) {
	eachWriter(t, func(b *bench) {
		const writes = 2000
		_, lines, _ := b.connect()
		go func() {
			for range writes {
				b.write("a")
			}
		}()
		ids := b.ids(lines, writes)
		for i := 1; i < len(ids); i++ {
			if ids[i] <= ids[i-1] {
				b.Fatalf("%d came after %d", ids[i], ids[i-1])
			}
		}
	})
}

// Tiny buffers and a reader that takes a few bytes at a time cut writes at every
// byte; the text must come out whole.
func TestAloneShortWritesAreCompleted(t *testing.T) {
	eachWriter(t, func(b *bench) {
		b.buffer.Store(1) // the system's least
		conn, lines, _ := b.connect()
		_ = conn.SetReadBuffer(1)
		const writes = 3000
		var writing sync.WaitGroup
		writing.Go(func() {
			for range writes {
				b.write("a")
			}
		})
		b.ids(bufio.NewReaderSize(&sipping{lines: lines}, 16), writes)
		writing.Wait()
	})
}

// sipping reads 1, 2, 3, … bytes at a time.
type sipping struct {
	lines *bufio.Reader
	size  int
}

func (s *sipping) Read(p []byte) (int, error) {
	s.size = s.size%len(p) + 1
	return s.lines.Read(p[:s.size])
}

func TestStreamClosesWithItsReader(t *testing.T) {
	for name, leave := range map[string]func(*net.TCPConn){
		"close":      func(c *net.TCPConn) { _ = c.Close() },
		"reset":      func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() },
		"half-close": func(c *net.TCPConn) { _ = c.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			eachWriter(t, func(b *bench) {
				conn, lines, stream := b.connect()
				b.write("a")
				b.ids(lines, 1)
				leave(conn)
				if closed := <-b.closed; closed != stream {
					b.Error("another stream was closed")
				}
			})
		})
	}
}

func TestNoSilenceEndIsTheLastByte(t *testing.T) {
	eachWriter(t, func(b *bench) {
		_, lines, stream := b.connect()
		b.ids(lines, 0)
		stream.End("left")
		rest, err := io.ReadAll(lines)
		if err != nil || string(rest) != string(sse.End("s", 0, "left")) {
			b.Errorf("%q, %v", rest, err)
		}
		<-b.closed
	})
}

// A stream that is over lets go of a reader that does not read, in the middle of
// a write.
func TestEndDuringAWriteClosesTheStream(t *testing.T) {
	eachWriter(t, func(b *bench) {
		b.buffer.Store(4096)
		_, _, stream := b.connect()
		for range 20_000 {
			b.write("a")
		}
		stream.End("kicked")
		select {
		case <-b.closed:
		case <-time.After(10 * time.Second):
			b.Error("the stream is still open")
		}
	})
}

func TestHubCloseReachesReadersOverBothWriters(t *testing.T) {
	eachWriter(t, func(b *bench) {
		_, lines, _ := b.connect()
		b.ids(lines, 0)
		b.hub.Close()
		rest, err := io.ReadAll(lines)
		if err != nil || !strings.HasPrefix(string(rest), "retry: ") {
			b.Errorf("%q, %v", rest, err)
		}
	})
}

// However the writes fall while a stream is opened, its head comes first.
func TestSeamHeadComesBeforeEvents(t *testing.T) {
	eachWriter(t, func(b *bench) {
		stop := b.writeOn()
		for range 300 {
			conn, _, _ := b.connect() // fails on anything but an answer of HTTP
			_ = conn.Close()
		}
		stop()
	})
}

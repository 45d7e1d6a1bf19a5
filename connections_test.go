package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// slow is a clock by which an hour passes between any two connections.
func slow() func() time.Time {
	var hours atomic.Int64
	return func() time.Time { return time.Unix(3600*hours.Add(1), 0) }
}

// serveFew runs a server that lets two connections wait for a request.
func serveFew(t *testing.T, now func() time.Time, handler http.HandlerFunc) (*connections, string) {
	t.Helper()
	few := newConnections(2)
	few.now = now
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, ConnState: few.watch, Protocols: protocols}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-done
	})
	return few, listener.Addr().String()
}

// visitor is a client that says what it is told to.
type visitor struct {
	net.Conn
	t *testing.T
}

func visit(t *testing.T, addr, text string) visitor {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	v := visitor{conn, t}
	v.say(text)
	return v
}

func (v visitor) say(text string) {
	v.t.Helper()
	if _, err := io.WriteString(v, text); err != nil {
		v.t.Fatal(err)
	}
}

// answered wants one answer.
func (v visitor) answered() {
	v.t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(v), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		v.t.Fatal(err)
	}
}

// closed wants the connection to be closed without a word.
func (v visitor) closed() {
	v.t.Helper()
	if n, err := v.Read(make([]byte, 1)); n > 0 || err == nil || strings.Contains(err.Error(), "timeout") {
		v.t.Errorf("read %d bytes, %v, want the end", n, err)
	}
}

const whole = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func TestTheConnectionThatWaitsTheLongestIsClosed(t *testing.T) {
	few, addr := serveFew(t, slow(), func(http.ResponseWriter, *http.Request) {})
	first := visit(t, addr, whole)
	first.answered()
	slow := visit(t, addr, "GET / HTTP/1.1\r\nHost: ") // a header that never ends
	settle(t, few, all(2))
	first.say(whole)
	first.answered() // it waits for less time now than the slow one
	settle(t, few, all(2))
	third := visit(t, addr, whole)
	third.answered()
	slow.closed()
	first.say(whole)
	first.answered()
	third.say(whole)
	third.answered()
}

func TestAConnectionThatIsAnsweredIsNotClosed(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	_, addr := serveFew(t, slow(), func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- struct{}{}
			<-release
		}
	})
	var busy []visitor
	for range 5 {
		busy = append(busy, visit(t, addr, strings.Replace(whole, "/ ", "/slow ", 1)))
		<-begun // until then it waits
	}
	for range 5 {
		visit(t, addr, whole).answered()
	}
	close(release)
	for _, v := range busy {
		v.answered()
	}
}

// A flood does not close who has come a moment ago, unless it is twice too many.
func TestAConnectionHasAMoment(t *testing.T) {
	stopped := func() time.Time { return time.Unix(1, 0) }
	few, addr := serveFew(t, stopped, func(http.ResponseWriter, *http.Request) {})
	for range 4 {
		visit(t, addr, whole).answered()
	}
	settle(t, few, all(4))
	visit(t, addr, whole).answered()
	settle(t, few, all(4))
}

// all are known, and wait.
func all(connections int) func(known, waiting int) bool {
	return func(known, waiting int) bool { return known == connections && waiting == connections }
}

// settle waits until so many are known, and so many wait: the server hears of what a
// client does a moment later.
func settle(t *testing.T, few *connections, settled func(known, waiting int) bool) {
	t.Helper()
	for begin := time.Now(); ; runtime.Gosched() {
		few.mu.Lock()
		known, waiting := len(few.byConn), few.count
		few.mu.Unlock()
		if settled(known, waiting) {
			return
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d connections are known, %d wait", known, waiting)
		}
	}
}

// Nothing is left of connections that have gone, whatever became of them.
func TestConnectionsAreForgotten(t *testing.T) {
	few, addr := serveFew(t, slow(), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/take" {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}
	})
	visit(t, addr, strings.Replace(whole, "/ ", "/take ", 1)).answered()
	for range 4 {
		visit(t, addr, whole).answered()
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	for range 3 {
		answer, err := (&http.Client{Transport: transport}).Get("http://" + addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		transport.CloseIdleConnections()
	}
	settle(t, few, func(known, waiting int) bool { return known == waiting && waiting <= 2 })
}

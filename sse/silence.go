package sse

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// WithConn is the ConnContext of a server whose streams shall notice when the machine
// of their reader has gone without a word. Connections that a pump serves do without.
func WithConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

type connKey struct{}

// lookout looks now and then whether there is still somebody at the far end of a
// connection that has a goroutine of its own, and closes it if not: the goroutine may
// be in the middle of a write.
type lookout struct {
	conn net.Conn
	raw  syscall.RawConn

	// mu guards what follows.
	mu           sync.Mutex
	timer        *time.Timer
	over, silent bool
}

// lookOut begins. It is nil if the connection of the request is not known.
func lookOut(r *http.Request) *lookout {
	conn, _ := r.Context().Value(connKey{}).(net.Conn)
	if encrypted, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = encrypted.NetConn() // Close of the other would write, and wait
	}
	tcp, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	l := &lookout{conn: conn, raw: raw}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(commentEvery, l.look)
	return l
}

func (l *lookout) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
	case isSilent(l.raw):
		l.silent = true
		_ = l.conn.Close() // there is nobody to be told
	default:
		l.timer.Reset(commentEvery)
	}
}

// end ends it, and reports whether the far end was silent.
func (l *lookout) end() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.timer.Stop()
	return l.silent
}

package sse_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"session-store/sse"
)

const (
	kilobyte = 1 << 10
	megabyte = 1 << 20
)

// stall opens a stream whose reader takes the head of the answer and nothing else.
func (b *bench) stall() *sse.Stream {
	conn, _, stream := b.connect()
	_ = conn.SetReadBuffer(4096)
	return stream
}

// until waits for what must come.
func (b *bench) until(what string, is func() bool) {
	b.Helper()
	for begin := time.Now(); !is(); runtime.Gosched() {
		if time.Since(begin) > 20*time.Second {
			b.Fatalf("never %s: %d bytes wait, %d streams do", what, b.stats.Backlog.Bytes(), b.stats.Waiting.Load())
		}
	}
}

// What belongs to a stream alone is bounded over all: the one that has waited the
// longest is sent away, and a reader that reads is none of them.
func TestBacklogSendsTheOldestAway(t *testing.T) {
	eachWriter(t, func(b *bench) {
		b.buffer.Store(4096)
		b.stats.Backlog.Most = 5 * megabyte
		b.padding = fmt.Sprintf("%q", strings.Repeat("x", megabyte))
		_, reading, _ := b.connect()
		b.ids(reading, 0)

		var stalled []*sse.Stream
		for i := range 12 {
			stalled = append(stalled, b.stall())
			switch {
			case i < 4:
				b.until("counted", func() bool { return b.stats.Backlog.Bytes() > (i+1)*megabyte })
			case <-b.closed != stalled[i-4]:
				b.Fatalf("another than stream %d was sent away", i-4)
			}
			if n := b.stats.Backlog.Bytes(); n > b.stats.Backlog.Most {
				b.Errorf("%d bytes wait", n)
			}
		}
		if n := b.stats.Ended.Stalled.Load(); n != 8 {
			b.Errorf("%d are counted as stalled", n)
		}
		b.write("a")
		b.ids(reading, 1)
	})
}

// A frame that nobody has read yet is there once, and so it counts.
func TestBacklogCountsSharedBytesOnce(t *testing.T) {
	eachWriter(t, func(b *bench) {
		b.buffer.Store(4096)
		b.stats.Backlog.Most = megabyte
		var conns []*net.TCPConn
		for range 10 {
			conn, lines, _ := b.connect()
			_ = conn.SetReadBuffer(32 * kilobyte)
			b.ids(lines, 0)
			conns = append(conns, conn)
		}
		b.mu.Lock()
		b.revision++
		frame := sse.NewFrame("s", b.revision, []sse.Member{member("a", fmt.Sprintf("%q", strings.Repeat("x", 240*kilobyte)))})
		b.hub.Publish(sse.News{Revision: b.revision, Update: frame})
		b.mu.Unlock()
		b.until("waiting", func() bool { return b.stats.Waiting.Load() == 10 })
		if n := b.stats.Backlog.Bytes(); n < 200*kilobyte || n > 300*kilobyte {
			b.Errorf("%d bytes wait", n)
		}
		for _, conn := range conns {
			go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the connection
		}
		b.until("read", func() bool { return b.stats.Backlog.Bytes() == 0 })
		if n := b.stats.Streams.Load(); n != 10 {
			b.Errorf("%d streams are left", n)
		}
	})
}

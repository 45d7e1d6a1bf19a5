package sse_test

import (
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"
)

// Connections come and go while frames are written to all of them: under the race
// detector, with descriptors that are used again at once.
func TestEndCyclesLeaveNothingBehind(t *testing.T) {
	eachWriter(t, func(b *bench) {
		cycles := 10_000
		if testing.Short() {
			cycles = 500
		}
		stop := b.writeOn()
		b.cycle(200) // what is made once is made now
		descriptors, goroutines, heap := b.usage()
		b.cycle(cycles)
		stop()
		for deadline := time.Now().Add(10 * time.Second); b.stats.Streams.Load() > 0 && time.Now().Before(deadline); {
			runtime.Gosched()
		}
		d, g, h := b.usage()
		b.Logf("%d cycles: descriptors %d to %d, goroutines %d to %d, heap %d KiB to %d KiB", cycles, descriptors, d, goroutines, g, heap>>10, h>>10)
		// A few connections may be on their way.
		if d > descriptors+20 || g > goroutines+20 || h > heap+1<<20 {
			b.Error("something is left behind")
		}
	})
}

func (b *bench) cycle(times int) {
	for range times {
		conn, err := net.Dial("tcp", b.server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-b.opened
		_, _ = conn.Read(make([]byte, 10))
		_ = conn.(*net.TCPConn).SetLinger(0) // no port waits
		_ = conn.Close()
	}
}

// usage is what the process holds, after the garbage is gone.
func (b *bench) usage() (descriptors, goroutines int, heap uint64) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return len(entries), runtime.NumGoroutine(), memory.HeapAlloc
}

package sse_test

import (
	"fmt"
	"net"
	"runtime"
	"sync"
	"testing"

	"session-store/sse"
)

// BenchmarkFanOut is the time of one update to 1,000 readers, by the workers that the
// pump has. Nobody reads the sockets: the pump has the cores to itself, but
// for the wait for the end.
func BenchmarkFanOut(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			// The pump leaves one to the requests.
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers + 1))
			b.StopTimer()
			for done := 0; done < b.N; done += fanOutWrites {
				fanOut(b, min(fanOutWrites, b.N-done))
			}
		})
	}
}

const (
	fanOutReaders = 1000
	// fanOutWrites fit into the buffer of a socket that nobody reads.
	fanOutWrites = 50
)

// fanOut opens the streams, and times so many updates to all of them.
func fanOut(b *testing.B, writes int) {
	pump, err := sse.NewPump()
	if err != nil {
		b.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(pump.Run)
	defer running.Wait()
	defer pump.Close()
	c := newCounter() // of its own, so that its counts begin at nothing
	hub := sse.NewHub("s", 0, c, &c.stats, pump)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for range fanOutReaders {
		reader, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = reader.Close() }()
		accepted, err := listener.Accept()
		if err != nil {
			b.Fatal(err)
		}
		if err := pump.Serve(accepted, nil, hub.Open(sse.Options{Filter: all, Cursor: sse.At(0)}), 0); err != nil {
			b.Fatal(err)
		}
	}
	b.StartTimer()
	defer b.StopTimer()
	for n := range writes {
		frame := sse.NewFrame("s", uint64(n+1), []sse.Member{member("a", "1")})
		hub.Publish(sse.News{Revision: uint64(n + 1), Update: frame})
		for c.stats.Events.Load() < int64((n+1)*fanOutReaders) {
			runtime.Gosched()
		}
	}
}

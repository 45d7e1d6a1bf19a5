//go:build !race

package sse_test

import (
	"testing"

	"session-store/sse"
)

// deliveries is a function that publishes the next of ready-made frames, and lets
// a stream ask for it.
func deliveries(tb testing.TB, count int) func() {
	tb.Helper()
	c := newCounter()
	frames := make([]*sse.Frame, count)
	for i := range frames {
		frames[i] = sse.NewFrame("s", uint64(i+1), []sse.Member{member("a", "1")})
	}
	stream, next := c.open(sse.At(0), all), 0
	stream.Next() // it has begun
	return func() {
		c.hub.Publish(sse.News{Revision: uint64(next + 1), Update: frames[next]})
		next++
		if data, state := stream.Next(); data == nil || state != sse.Idle {
			tb.Fatalf("delivery %d: %q, %v", next, data, state)
		}
	}
}

// A delivery makes no garbage: the bytes are those of the frame.
func TestDeliveryAllocates(t *testing.T) {
	deliver := deliveries(t, 5002)
	for range 4000 { // the tail has grown to its size
		deliver()
	}
	if got := testing.AllocsPerRun(1000, deliver); got > 0 {
		t.Errorf("a delivery allocates %v times", got)
	}
}

// Nor does one of several frames at once: they lie one behind the other. Only the boards
// that they lie on are made, one for hundreds of them.
func TestDeliveryOfSeveralAllocates(t *testing.T) {
	c := newCounter()
	stream, next := c.open(sse.At(0), all), uint64(0)
	stream.Next() // it has begun
	var frames []*sse.Frame
	for i := range uint64(1 << 14) {
		frames = append(frames, sse.NewFrame("s", i+1, []sse.Member{member("a", "1")}))
	}
	eight := func() {
		for range 8 {
			c.hub.Publish(sse.News{Revision: next + 1, Update: frames[next]})
			next++
		}
		for state := sse.More; state == sse.More; {
			_, state = stream.Next()
		}
	}
	for range 1000 {
		eight()
	}
	if got := testing.AllocsPerRun(1000, eight); got > 0 {
		t.Errorf("a delivery of eight frames allocates %v times", got)
	}
}

// A frame of many keys that a stream sees all of is found without memory.
func TestFrameForAllAllocates(t *testing.T) {
	frame := wide(1, 20, 10)
	if got := testing.AllocsPerRun(100, func() { frame.For(all) }); got > 0 {
		t.Errorf("%v times", got)
	}
}

// BenchmarkDelivery is what a delivery costs around its system call.
func BenchmarkDelivery(b *testing.B) {
	deliver := deliveries(b, b.N+1)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		deliver()
	}
}

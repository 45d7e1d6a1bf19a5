package sse_test

import (
	"fmt"
	"testing"

	"session-store/sse"
)

// The lag of a hub is that of all of its streams, also of more than are looked at at
// once.
func TestLagOfManyStreams(t *testing.T) {
	for _, count := range []int{0, 1, 1023, 1024, 1025, 3000} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			c := newCounter()
			streams := make([]*sse.Stream, count)
			for i := range streams {
				streams[i] = c.open(sse.At(0), all)
			}
			want := sse.Lag{Streams: count}
			if got := c.hub.Lag(); got != want {
				t.Errorf("at rest: %+v", got)
			}
			c.write("a")
			c.write("b")
			for i, stream := range streams {
				if i%3 != 0 {
					drain(t, stream)
					continue
				}
				want.Behind, want.Most = want.Behind+1, 2
			}
			if got := c.hub.Lag(); got != want {
				t.Errorf("a third is behind: %+v, want %+v", got, want)
			}
			for _, stream := range streams {
				stream.Close()
			}
			if got := c.hub.Lag(); got != (sse.Lag{}) || c.hub.Streams() != 0 {
				t.Errorf("all have gone: %+v", got)
			}
		})
	}
}

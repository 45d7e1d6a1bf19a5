package sse_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"session-store/sse"
)

// Whatever the sizes of the frames, and however far behind a stream is, it is told each
// of them once and in its order.
func TestSeamFramesOfAllSizes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	hub := newCounter().hub
	want, got := make([]strings.Builder, 4), make([]strings.Builder, 4)
	streams := make([]*sse.Stream, 4)
	for i := range streams {
		streams[i] = hub.Open(sse.Options{Cursor: sse.At(0), Filter: all})
		streams[i].Next() // it has begun
	}
	for revision := uint64(1); revision < 5000; revision++ {
		value := fmt.Sprint(revision)
		if random.IntN(8) == 0 {
			value = strings.Repeat("1", 1+random.IntN(20<<10))
		}
		members := []sse.Member{member("a", value)}
		hub.Publish(sse.News{Revision: revision, Update: sse.NewFrame("s", revision, members)})
		for i, stream := range streams {
			want[i].Write(sse.Update("s", revision, members))
			if random.IntN(3*i+1) == 0 { // the last is about ten behind
				text, _ := drain(t, stream)
				got[i].WriteString(text)
			}
		}
	}
	for i, stream := range streams {
		text, _ := drain(t, stream)
		got[i].WriteString(text)
		if got[i].String() != want[i].String() {
			t.Errorf("stream %d was told %d bytes, want %d", i, got[i].Len(), want[i].Len())
		}
	}
}

// subset is the keys k0 and k1, and kN if bit N-2 is set.
type subset int

func (s subset) Match(key string) bool {
	var n int
	_, err := fmt.Sscanf(key, "k%d", &n)
	return err == nil && (n < 2 || int(s)>>(n-2)&1 == 1)
}

// wide is a frame of so many keys.
func wide(revision uint64, keys, valueBytes int) *sse.Frame {
	var members []sse.Member
	for k := range keys {
		members = append(members, member(fmt.Sprint("k", k), `"`+strings.Repeat("v", valueBytes)+`"`))
	}
	return sse.NewFrame("s", revision, members)
}

// Each stream is sent other keys of the same change; once it was sent them, nothing has
// to be kept of that.
func TestAlonePartsOfAFrameAreBounded(t *testing.T) {
	hub := newCounter().hub
	streams := make([]*sse.Stream, 1000)
	for i := range streams {
		streams[i] = hub.Open(sse.Options{Cursor: sse.At(0), Filter: subset(i)})
		streams[i].Next()
	}
	before := heap()
	hub.Publish(sse.News{Revision: 1, Update: wide(1, 12, 4500)})
	for i, stream := range streams {
		text, _ := drain(t, stream)
		for k := range 12 {
			shown := strings.Contains(text, fmt.Sprintf(`"k%d":`, k))
			if shown != subset(i).Match(fmt.Sprint("k", k)) {
				t.Fatalf("stream %d is shown k%d: %v", i, k, shown)
			}
		}
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("a frame of 54 KB keeps %d KB of memory", grown>>10)
	}
	runtime.KeepAlive(streams)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

package sse

import (
	"slices"
	"testing"
	"time"
)

// idler is a connection that has nothing to write.
type idler struct{}

func (idler) work(*scratch) {}

func TestLineLetsPassAndConnectionsTakeTurns(t *testing.T) {
	var l line
	l.pass = true
	for range turnStreams + 3 {
		l.conns = append(l.conns, idler{})
	}
	for i, want := range []struct {
		conns int // none is the pass
		more  bool
	}{{0, true}, {turnStreams, true}, {0, true}, {3, true}, {0, false}} {
		turn, more := l.take(nil, nil)
		if len(turn.conns) != want.conns || more != want.more {
			t.Fatalf("turn %d: %d connections, more %v, want %+v", i, len(turn.conns), more, want)
		}
		if want.conns == 0 && i < 4 {
			l.pass = true // a room that is written to at full speed
		}
	}
	if l.conns != nil {
		t.Error("an empty line keeps its memory")
	}
}

func TestLineLearnsHowLongATurnTakes(t *testing.T) {
	const all = turnStreams
	for _, tt := range []struct {
		name string
		took []time.Duration // of turns with as many streams as they may have
		want int
	}{
		{"as long as it should", []time.Duration{turnTime, turnTime}, all},
		{"the longest that is let be", []time.Duration{2 * turnTime, 2 * turnTime}, all},
		{"too long once", []time.Duration{3 * turnTime}, all / 2},
		{"too long, then right", []time.Duration{3 * turnTime, turnTime, turnTime}, all / 2},
		{"too long, then short", []time.Duration{3 * turnTime, turnTime / 3}, all},
		{"too long for good", slices.Repeat([]time.Duration{time.Second}, 10), 1},
		{"never more than that", []time.Duration{1, 1, 1}, all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l line
			for _, took := range tt.took {
				l.learn(turnStreams>>l.fewer, took)
				l.learn(0, 1) // there was nothing to do: it says nothing
			}
			if turn, _ := l.take(nil, nil); turn.streams != tt.want {
				t.Errorf("%d streams, want %d", turn.streams, tt.want)
			}
			for range 10 {
				l.learn(all, 0)
			}
			if turn, _ := l.take(nil, nil); turn.streams != turnStreams {
				t.Errorf("%d streams when it has become quick again", turn.streams)
			}
		})
	}
}

// A thousand connections of one room that can be written to again are one turn before
// the next room, not a thousand.
func TestAloneARoomWaitsForOneTurnOfAnother(t *testing.T) {
	p, err := NewPump()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Run() // closed below: it ends at once, and closes what NewPump has opened
	defer p.Close()
	large, small := &Hub{pump: p}, &Hub{pump: p}
	for range 1000 {
		p.enqueue(large, idler{})
	}
	p.enqueuePass(small)
	for i, want := range []*Hub{large, small, large, large} {
		turn, ok := p.next(nil)
		if !ok || turn.hub != want {
			t.Fatalf("turn %d is not the right hub's", i)
		}
	}
	if got := p.Queued(); got != 1 {
		t.Errorf("%d hubs wait, want the large one", got)
	}
}

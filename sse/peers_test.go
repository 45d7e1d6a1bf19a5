package sse_test

import (
	"strings"
	"testing"

	"session-store/sse"
)

// told are the data of the peers events in a text.
func told(text string) string {
	var lines []string
	for block := range strings.SplitSeq(text, "\n\n") {
		if data, ok := strings.CutPrefix(block, "event: peers\ndata: "); ok {
			lines = append(lines, data)
		}
	}
	return strings.Join(lines, "|")
}

func TestSeamPeersAreToldOnce(t *testing.T) {
	c := newCounter()
	c.come("ann")
	stream := c.hub.Open(sse.Options{Filter: all, Peers: true})
	without := c.open(sse.Cursor{}, all)
	c.come("ben")
	if text, _ := drain(t, stream); told(text) != "ann ben" || !strings.HasPrefix(text, "event: snapshot") {
		t.Errorf("at the start: %q", text)
	}
	c.come("cleo")
	c.write("a")
	c.come("dan")
	text, _ := drain(t, stream)
	if told(text) != "+cleo|+dan" || strings.Contains(strings.SplitAfter(text, "event: peers")[1], "id:") {
		t.Errorf("then: %q", text)
	}
	if text, _ := drain(t, without); strings.Contains(text, "peers") {
		t.Errorf("a stream that did not ask was told: %q", text)
	}
}

func TestNoSilenceASlowReaderIsToldAllPeersAgain(t *testing.T) {
	c := newCounter()
	stream := c.hub.Open(sse.Options{Filter: all, Peers: true})
	drain(t, stream)
	for range 1000 {
		c.come("x")
	}
	text, _ := drain(t, stream)
	if got := strings.Count(text, "event: peers"); got != 1 || strings.Count(told(text), "x") != 1000 {
		t.Errorf("%d events: %.200q", got, text)
	}
}

// A filter that is taken back hides what comes after, in whatever state the
// stream is.
func TestRefilterBeginsWithASnapshot(t *testing.T) {
	c := newCounter()
	stream := c.open(sse.Cursor{}, all)
	c.write("a")
	drain(t, stream)
	c.write("secret") // on its way when the filter changes
	stream.Refilter(keys{"a": true})
	c.write("secret")
	wantEvents(t, stream, sse.Idle, "snapshot 3")
	c.write("secret")
	wantEvents(t, stream, sse.Idle)
	c.write("a")
	wantEvents(t, stream, sse.Idle, "update 5")
}

// wakes counts how often a stream was woken.
type wakes int

func (w *wakes) Wake()  { *w++ }
func (w *wakes) Hurry() {}

func TestAloneComingsWakeOnlyThoseWhoAsked(t *testing.T) {
	c := newCounter()
	var quiet, asked wakes
	c.open(sse.Cursor{}, all).Attach(&quiet)
	c.come("ann")
	other := c.hub.Open(sse.Options{Filter: all})
	other.Close()
	c.come("ben")
	if quiet != 0 {
		t.Errorf("nobody asked who comes, and the stream was woken %d times", quiet)
	}
	stream := c.hub.Open(sse.Options{Filter: all, Peers: true})
	stream.Attach(&asked)
	c.come("cleo")
	if asked != 1 {
		t.Errorf("the stream that asked was woken %d times", asked)
	}
	stream.Close()
	before := quiet
	c.come("dan")
	if quiet != before {
		t.Error("a stream was woken for one that has gone")
	}
}

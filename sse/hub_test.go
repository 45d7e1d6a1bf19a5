package sse_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"session-store/sse"
)

// counter is a source with one number under each of some keys: the revision that
// wrote it. It is what a session is to a hub.
type counter struct {
	hub   *sse.Hub
	stats sse.Stats

	mu       sync.Mutex // the source's own lock: held to publish
	revision uint64
	written  map[string]uint64
	peers    []string
	asked    int // how often a stream had to ask
	padding  string
}

func newCounter() *counter {
	c := &counter{written: make(map[string]uint64)}
	c.hub = sse.NewHub("s", 0, c, &c.stats, nil)
	return c
}

func (c *counter) write(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision++
	c.written[key] = c.revision
	c.hub.Publish(sse.News{
		Revision: c.revision, Update: sse.NewFrame("s", c.revision, []sse.Member{member(key, fmt.Sprint(c.revision))}),
		Moves: uint64(len(c.peers)),
	})
}

func (c *counter) CatchUp(cursor sse.Cursor, filter sse.Filter) ([]byte, sse.Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	var members []sse.Member
	for key, revision := range c.written {
		if filter.Match(key) && (!cursor.Known || revision > cursor.Revision) {
			members = append(members, member(key, fmt.Sprint(revision)))
		}
	}
	switch {
	case !cursor.Known:
		if c.padding != "" {
			members = append(members, member("padding", c.padding))
		}
		return sse.Snapshot("s", c.revision, members), sse.At(c.revision)
	case members == nil:
		return nil, sse.At(c.revision)
	}
	return sse.Update("s", c.revision, members), sse.At(c.revision)
}

func (c *counter) come(peer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers = append(c.peers, peer)
	c.hub.Publish(sse.News{
		Revision: c.revision,
		Moves:    uint64(len(c.peers)), Peers: sse.NewPeersFrame(uint64(len(c.peers)), []byte("+"+peer)),
	})
}

func (c *counter) Peers() ([]byte, sse.Cursor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return sse.Peers([]byte(strings.Join(c.peers, " "))), sse.At(uint64(len(c.peers)))
}

// open is a stream of the keys in filter, for a reader at the cursor.
func (c *counter) open(cursor sse.Cursor, filter sse.Filter) *sse.Stream {
	return c.hub.Open(sse.Options{Cursor: cursor, Filter: filter})
}

// drain gives what the stream has to say until it is idle or over.
func drain(t *testing.T, stream *sse.Stream) (text string, state sse.State) {
	t.Helper()
	for range 1000 {
		data, state := stream.Next()
		text += string(data)
		if state == sse.Last || state == sse.Idle && data == nil {
			return text, state
		}
	}
	t.Fatal("the stream never comes to rest")
	return "", 0
}

func wantEvents(t *testing.T, stream *sse.Stream, state sse.State, want ...string) {
	t.Helper()
	text, got := drain(t, stream)
	var events []string
	for block := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		if lines := strings.Split(block, "\n"); len(lines) == 3 {
			events = append(events, strings.TrimPrefix(lines[0], "event: ")+" "+strings.TrimPrefix(lines[1], "id: s-"))
		}
	}
	if fmt.Sprint(events) != fmt.Sprint(want) || got != state {
		t.Fatalf("events %v, state %v; want %v, %v", events, got, want, state)
	}
}

var all = keys{"*": true}

func TestSeamStreamIsACursor(t *testing.T) {
	t.Run("a new reader: snapshot, then what follows", func(t *testing.T) {
		c := newCounter()
		c.write("a")
		stream := c.open(sse.Cursor{}, all)
		c.write("b") // between the opening and the first event
		wantEvents(t, stream, sse.Idle, "snapshot 2")
		c.write("a")
		c.write("a")
		wantEvents(t, stream, sse.Idle, "update 3", "update 4")
		wantEvents(t, stream, sse.Idle)
	})
	t.Run("head: resuming there sends nothing", func(t *testing.T) {
		c := newCounter()
		c.write("a")
		stream := c.open(sse.At(1), all)
		wantEvents(t, stream, sse.Idle)
		if c.asked != 0 {
			t.Errorf("the source was asked %d times", c.asked)
		}
	})
	t.Run("behind: one update of all that was missed", func(t *testing.T) {
		c := newCounter()
		c.write("a")
		c.write("b")
		c.write("b")
		wantEvents(t, c.open(sse.At(1), all), sse.Idle, "update 3")
	})
	t.Run("behind, while others have the frames: one update too", func(t *testing.T) {
		c := newCounter()
		wantEvents(t, c.open(sse.At(0), all), sse.Idle)
		c.write("a")
		c.write("b")
		c.write("b")
		stream := c.open(sse.At(1), all)
		wantEvents(t, stream, sse.Idle, "update 3")
		c.write("a")
		c.write("b")
		wantEvents(t, stream, sse.Idle, "update 4", "update 5")
	})
	t.Run("what a filter hides moves the cursor on", func(t *testing.T) {
		c := newCounter()
		stream := c.open(sse.At(0), keys{"a": true})
		wantEvents(t, stream, sse.Idle)
		c.write("b")
		c.write("a")
		c.write("b")
		wantEvents(t, stream, sse.Idle, "update 2")
		if c.asked != 0 {
			t.Errorf("the source was asked %d times", c.asked)
		}
	})
}

func TestAloneASlowReaderIsGivenTheNewest(t *testing.T) {
	c := newCounter()
	slow, quick := c.open(sse.At(0), all), c.open(sse.At(0), all)
	for i := range uint64(10_000) {
		c.write("a")
		wantEvents(t, quick, sse.Idle, fmt.Sprint("update ", i+1))
	}
	wantEvents(t, slow, sse.Idle, "update 10000")
}

func TestNoSilenceEndIsTheLastEvent(t *testing.T) {
	c := newCounter()
	c.write("a")
	stream := c.open(sse.At(0), all)
	stream.End("kicked")
	stream.End("left") // only the first reason counts
	c.write("a")
	data, state := stream.Next()
	if want := string(sse.End("s", 0, "kicked")); string(data) != want || state != sse.Last {
		t.Errorf("got %q, %v; want %q", data, state, want)
	}
}

func TestHubCloseTellsReadersToComeBack(t *testing.T) {
	c := newCounter()
	before := c.open(sse.At(0), all)
	c.hub.Close()
	c.write("a")
	for name, stream := range map[string]*sse.Stream{"open before": before, "opened later": c.open(sse.Cursor{}, all)} {
		text, state := drain(t, stream)
		if !strings.HasPrefix(text, "retry: ") || strings.Contains(text, "event:") || state != sse.Last {
			t.Errorf("%s: got %q, %v", name, text, state)
		}
	}
}

func TestStreamsAreCounted(t *testing.T) {
	c := newCounter()
	closed := 0
	stream := c.hub.Open(sse.Options{Filter: all, OnClose: func(*sse.Stream) { closed++ }})
	if n := c.stats.Streams.Load(); n != 1 {
		t.Errorf("%d streams, want 1", n)
	}
	drain(t, stream)
	stream.Close()
	stream.Close()
	if n := c.stats.Streams.Load(); n != 0 || closed != 1 {
		t.Errorf("%d streams, closed %d times; want 0 and 1", n, closed)
	}
	if n := c.stats.Events.Load(); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

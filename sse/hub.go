package sse

import (
	"slices"
	"sync"
	"sync/atomic"
)

// The tail is there for the moment between a change and its delivery. A stream
// that is further behind gets one update from the source, so a longer tail would
// only let slow readers see more of the values in between.
const (
	tailFrames = 256
	tailBytes  = 256 << 10
)

// Source is the session behind a hub.
type Source interface {
	// CatchUp encodes what the reader at the cursor has to be told of the keys
	// in filter to be where the session is now, in one event, and gives the
	// cursor that this makes. The data is nil if there is nothing to tell.
	CatchUp(cursor Cursor, filter Filter) (data []byte, now Cursor)
}

// Stats are counters that many hubs share.
type Stats struct {
	// Streams are those open now, Events and Bytes what was written to them.
	Streams, Events, Bytes atomic.Int64
}

// Hub is the streams of one session.
//
// Lock order: the source's own lock, then Hub.mu. A source publishes while it
// holds its lock, so the hub never calls it with mu held.
type Hub struct {
	session string
	source  Source
	stats   *Stats

	// mu guards the tail and the set of streams, so that a stream that is added
	// sees either the frame or a head before it.
	mu      sync.RWMutex
	head    uint64
	tail    []*Frame
	bytes   int // of the frames in the tail
	streams map[*Stream]struct{}
	closed  bool
}

// NewHub is the hub of a session that stands at the revision head.
func NewHub(session string, head uint64, source Source, stats *Stats) *Hub {
	return &Hub{session: session, head: head, source: source, stats: stats, streams: make(map[*Stream]struct{})}
}

// Publish takes the frame of the next revision and wakes the streams. It waits
// for no reader.
func (h *Hub) Publish(frame *Frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.head = frame.revision
	if len(h.streams) == 0 {
		h.tail, h.bytes = nil, 0
		return
	}
	h.tail = append(h.tail, frame)
	h.bytes += len(frame.whole)
	h.trimLocked()
	for stream := range h.streams {
		stream.wakeLocked()
	}
}

func (h *Hub) trimLocked() {
	drop := 0
	for len(h.tail)-drop > tailFrames || h.bytes > tailBytes {
		h.bytes -= len(h.tail[drop].whole)
		drop++
	}
	h.tail = slices.Delete(h.tail, 0, drop)
}

// Open adds a stream that shows the keys in filter to a reader at the cursor.
// onClose is called once, when the stream is closed.
//
// The caller holds the source's lock, so that no change falls between the cursor
// and the set of streams.
func (h *Hub) Open(cursor Cursor, filter Filter, onClose func(*Stream)) *Stream {
	s := &Stream{hub: h, cursor: cursor, filter: filter, onClose: onClose}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams[s] = struct{}{}
	h.stats.Streams.Add(1)
	return s
}

// Close ends all streams, and those that are opened later, without an end event:
// their readers are told to come back, each after a time of its own, so that a
// thousand of them do not come at once.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for stream := range h.streams {
		stream.wakeLocked()
		stream.hurryLocked()
	}
}

// framesFor gives what the tail has for the stream, or says what else to do.
func (h *Hub) framesFor(cursor Cursor, filter Filter) (do step, data []byte, events int, now Cursor, closed bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	do, from := cursor.next(h.head, len(h.tail))
	if do != follow {
		return do, nil, 0, cursor, h.closed
	}
	data, events, now = join(h.tail[from:], filter)
	return do, data, events, now, h.closed
}

// maxBatch bounds what is written at once, and so what a reader that stops makes
// its stream hold.
const maxBatch = 64 << 10

// join is what the frames come to for one filter, up to maxBatch bytes, and the
// cursor behind the last of them. A single frame is not copied.
func join(frames []*Frame, filter Filter) (data []byte, events int, now Cursor) {
	for _, frame := range frames {
		part := frame.For(filter)
		if len(data) > 0 && len(data)+len(part) > maxBatch {
			return data, events, now
		}
		now = At(frame.revision)
		if part == nil {
			continue
		}
		events++
		if data == nil {
			data = part[:len(part):len(part)] // append copies: frames are shared
		} else {
			data = append(data, part...)
		}
	}
	return data, events, now
}

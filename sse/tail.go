package sse

import (
	"bytes"
	"slices"
	"sync"
)

// The tail is there for the moment between a change and its delivery. A stream
// that is further behind gets one event from the source, so a longer tail would
// only let slow readers see more of the values in between.
const (
	tailFrames = 256
	tailBytes  = 256 << 10
)

// maxBatch bounds what is written at once, and so what a reader that stops makes
// its stream hold.
const maxBatch = 64 << 10

// tail is the newest frames of one kind, whose numbers rise by one each up to
// head. The lock of the hub guards it.
type tail struct {
	head   uint64
	frames []*Frame
	bytes  int
	joined joined
}

// advance takes the frame that leads to head, and drops the oldest ones that are
// too many. Without the frame, streams have to catch up. It reports whether head is
// another one now.
func (t *tail) advance(head uint64, frame *Frame) bool {
	if head == t.head {
		return false
	}
	t.head = head
	if frame == nil {
		t.drop()
		return true
	}
	t.frames = append(t.frames, frame)
	t.bytes += len(frame.whole)
	drop := 0
	for len(t.frames)-drop > tailFrames || t.bytes > tailBytes {
		t.bytes -= len(t.frames[drop].whole)
		drop++
	}
	t.frames = slices.Delete(t.frames, 0, drop)
	return true
}

// drop lets go of the frames: nobody is there to be sent them.
func (t *tail) drop() {
	t.frames, t.bytes = nil, 0
	t.joined.forget()
}

// batch is what a stream is sent next.
type batch struct {
	do     step
	data   []byte
	events int
	now    Cursor
	// partial says that there is more in the tail.
	partial bool
}

// since is what the tail has for a reader at the cursor, or what else to do.
func (t *tail) since(cursor Cursor, filter Filter) batch {
	do, from := cursor.next(t.head, len(t.frames))
	if do != follow {
		return batch{do: do, now: cursor}
	}
	frames := t.frames[from:]
	if len(frames) == 1 {
		b := batch{do: follow, now: At(t.head), data: frames[0].For(filter)}
		b.events = min(1, len(b.data))
		return b
	}
	return t.several(frames, filter)
}

// several puts frames together, up to maxBatch bytes.
func (t *tail) several(frames []*Frame, filter Filter) batch {
	var room [8][]byte // most batches are small: no memory for them
	parts := room[:0]
	b, size, whole := batch{do: follow}, 0, true
	for _, frame := range frames {
		part := frame.For(filter)
		if size > 0 && size+len(part) > maxBatch {
			b.partial = true
			break
		}
		b.now = At(frame.number)
		if part == nil {
			whole = false
			continue
		}
		// The bytes of a frame that is seen as a whole are the same for all.
		whole = whole && &part[0] == &frame.whole[0]
		parts, size = append(parts, part), size+len(part)
	}
	b.events = len(parts)
	switch {
	case len(parts) == 1:
		b.data = parts[0]
	case len(parts) > 1 && whole:
		b.data = t.joined.join(frames[0].number, parts)
	case len(parts) > 1:
		b.data = bytes.Join(parts, nil)
	}
	return b
}

// joined remembers the last frames that were put together: under pressure,
// thousands of streams are sent the same few in one write.
type joined struct {
	mu    sync.Mutex
	first uint64
	count int
	data  []byte
}

// join is the parts together; first is the number of the first frame, which
// begins a row without a hole.
func (j *joined) join(first uint64, parts [][]byte) []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.first != first || j.count != len(parts) {
		j.first, j.count, j.data = first, len(parts), bytes.Join(parts, nil)
	}
	return j.data
}

func (j *joined) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count, j.data = 0, nil
}

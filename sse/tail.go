package sse

import (
	"bytes"
	"slices"
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
	shelf  shelf
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
	t.shelf.put(frame)
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
	t.frames, t.bytes, t.shelf = nil, 0, shelf{}
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

// several puts frames together, up to maxBatch bytes. Those that are seen as a whole, as
// nearly all are, and lie on one shelf, are together already.
func (t *tail) several(frames []*Frame, filter Filter) batch {
	var room [8][]byte // most batches are small: no memory for them
	parts := room[:0]
	b, size, whole := batch{do: follow}, 0, 0
	for i, frame := range frames {
		part := frame.For(filter)
		full := size > 0 && size+len(part) > maxBatch
		inRow := whole == i && part != nil && &part[0] == &frame.whole[0]
		if full || inRow && i > 0 && !frame.isBehind(frames[i-1]) {
			b.partial = true
			break
		}
		b.now, size = At(frame.number), size+len(part)
		if part != nil {
			b.events++
		}
		if inRow {
			whole++
			continue
		}
		if len(parts) == 0 {
			parts = appendWhole(parts, frames[:whole])
		}
		if part != nil {
			parts = append(parts, part)
		}
	}
	switch {
	case len(parts) > 1:
		b.data = bytes.Join(parts, nil)
	case len(parts) == 1:
		b.data = parts[0]
	case whole > 0:
		b.data = frames[0].upTo(frames[whole-1])
	}
	return b
}

func appendWhole(parts [][]byte, frames []*Frame) [][]byte {
	for _, frame := range frames {
		parts = append(parts, frame.whole)
	}
	return parts
}

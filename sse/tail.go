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
// too many. Without the frame, streams have to catch up. So many streams as are behind
// will be sent it together with the one before. It reports whether head is another one
// now.
func (t *tail) advance(head uint64, frame *Frame, behind int) bool {
	if head == t.head {
		return false
	}
	t.head = head
	if frame == nil {
		t.drop()
		return true
	}
	if t.shelf.isWanted() || behind > 0 {
		t.shelf.put(frame, behind)
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
	t.frames, t.bytes, t.shelf.board = nil, 0, nil
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
	t.shelf.want()
	if b := inRow(frames, filter); b.events > 1 {
		return b
	}
	return copied(frames, filter)
}

// inRow is those of the first frames that are one piece already.
func inRow(frames []*Frame, filter Filter) batch {
	count, size := 0, 0
	for i, frame := range frames {
		if i > 0 && !frame.isBehind(frames[i-1]) || size+len(frame.whole) > maxBatch || !frame.isWholeFor(filter) {
			break
		}
		count, size = count+1, size+len(frame.whole)
	}
	if count == 0 {
		return batch{}
	}
	last := frames[count-1]
	return batch{do: follow, now: At(last.number), data: frames[0].upTo(last), events: count, partial: count < len(frames)}
}

// copied is what there is for a stream that does not see all of each frame, and where
// frames do not lie in a row.
func copied(frames []*Frame, filter Filter) batch {
	var room [8][]byte // most batches are small: no memory for them
	parts := room[:0]
	b, size := batch{do: follow}, 0
	for _, frame := range frames {
		part := frame.For(filter)
		if size > 0 && size+len(part) > maxBatch {
			b.partial = true
			break
		}
		b.now = At(frame.number)
		if part != nil {
			parts, size = append(parts, part), size+len(part)
		}
	}
	b.events = len(parts)
	switch len(parts) {
	case 0:
	case 1:
		b.data = parts[0]
	default:
		b.data = bytes.Join(parts, nil)
	}
	return b
}

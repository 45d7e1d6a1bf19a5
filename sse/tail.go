package sse

import "slices"

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
}

// push takes the next frame, and drops the oldest ones that are too many. Without
// a stream there is nothing to keep.
func (t *tail) push(frame *Frame, keep bool) {
	t.head = frame.number
	if !keep {
		t.drop()
		return
	}
	t.frames = append(t.frames, frame)
	t.bytes += len(frame.whole)
	drop := 0
	for len(t.frames)-drop > tailFrames || t.bytes > tailBytes {
		t.bytes -= len(t.frames[drop].whole)
		drop++
	}
	t.frames = slices.Delete(t.frames, 0, drop)
}

// drop lets go of the frames: nobody is there to be sent them.
func (t *tail) drop() { t.frames, t.bytes = nil, 0 }

// batch is what a stream is sent next.
type batch struct {
	do     step
	data   []byte
	events int
	now    Cursor
}

// since is what the tail has for a reader at the cursor, or what else to do.
func (t *tail) since(cursor Cursor, filter Filter) batch {
	do, from := cursor.next(t.head, len(t.frames))
	if do != follow {
		return batch{do: do, now: cursor}
	}
	return join(t.frames[from:], filter)
}

// join is what the frames come to for one filter, up to maxBatch bytes, and the
// cursor behind the last of them. A single frame is not copied.
func join(frames []*Frame, filter Filter) batch {
	b := batch{do: follow}
	for _, frame := range frames {
		part := frame.For(filter)
		if len(b.data) > 0 && len(b.data)+len(part) > maxBatch {
			return b
		}
		b.now = At(frame.number)
		if part == nil {
			continue
		}
		b.events++
		if b.data == nil {
			b.data = part[:len(part):len(part)] // append copies: frames are shared
		} else {
			b.data = append(b.data, part...)
		}
	}
	return b
}

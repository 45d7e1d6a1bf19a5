package sse

import (
	"container/list"
	"sync"
)

// Backlog is the bytes that wait in memory because readers do not take them, over
// all hubs that share it. Nearly all of them are shared, and counted once: a frame
// that thousands have not read takes no more room than one that nobody has. What
// belongs to one stream alone, a snapshot or a list of peers, is what a stranger can
// make many of; if there is more than the bound, those who have kept theirs for the
// longest are sent away. The zero value is ready.
type Backlog struct {
	// Most is the bound, in bytes; 0 is none. It is set before the first stream.
	Most int

	// mu guards what follows. It is taken after the lock of a writing end, and
	// before that of the pump.
	mu      sync.Mutex
	bytes   int
	buffers map[*byte]*buffer // by their last byte: a rest ends where the whole did
	waiting list.List         // of *holding, the oldest first
}

// buffer is memory that some writing ends wait with.
type buffer struct {
	size, holders int
}

// holding is one writing end's share in a buffer.
type holding struct {
	end  *byte
	shed func()
	// place is where it waits; nil once it is over. Backlog.mu guards it.
	place *list.Element
}

// Bytes is how many wait now.
func (b *Backlog) Bytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// hold counts data, the rest of a buffer of size bytes, until release. Should there
// be too much, shed is called, at most once and from any goroutine: it must not
// block, nor call the backlog.
func (b *Backlog) hold(data []byte, size int, shed func()) *holding {
	h := &holding{end: &data[len(data)-1], shed: shed}
	b.mu.Lock()
	defer b.mu.Unlock()
	shared := b.buffers[h.end]
	if shared == nil {
		if b.buffers == nil {
			b.buffers = make(map[*byte]*buffer)
		}
		shared = &buffer{size: size}
		b.buffers[h.end] = shared
		b.bytes += size
	}
	shared.holders++
	h.place = b.waiting.PushBack(h)
	b.shedLocked()
	return h
}

// release says that the reader has taken all, or is gone. A nil holding is none.
func (b *Backlog) release(h *holding) {
	if h == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropLocked(h)
}

// shedLocked sends the oldest away. Each is counted as gone at once, though it may
// take a moment: else one too many would let all go.
func (b *Backlog) shedLocked() {
	for b.Most > 0 && b.bytes > b.Most && b.waiting.Len() > 0 {
		oldest := b.waiting.Front().Value.(*holding)
		b.dropLocked(oldest)
		oldest.shed()
	}
}

func (b *Backlog) dropLocked(h *holding) {
	if h.place == nil {
		return
	}
	b.waiting.Remove(h.place)
	h.place = nil
	shared := b.buffers[h.end]
	if shared.holders--; shared.holders == 0 {
		b.bytes -= shared.size
		delete(b.buffers, h.end)
	}
}

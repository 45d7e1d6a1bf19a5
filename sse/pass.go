package sse

// pass is how far a hub's streams have been gone through since a frame was
// published. It goes from the end of the list to its beginning: a stream that is
// closed meanwhile gives its place to the last one, which has had its turn. The
// lock of the hub guards it.
type pass struct {
	queued bool // a worker has it, or will
	again  bool // something was published since it began
	rest   int  // the streams before this index wait for their turn
}

// begin reports whether the hub has to be put into the queue.
func (p *pass) begin(streams int) bool {
	if p.queued {
		p.again = true
		return false
	}
	p.queued, p.rest = true, streams
	return true
}

// take gives the next streams, at most so many, as a range of indices, and reports
// whether there is more to do for whoever comes next.
func (p *pass) take(streams, most int) (from, to int, more bool) {
	to = min(p.rest, streams)
	from = max(0, to-most)
	p.rest = from
	switch {
	case from > 0:
	case p.again:
		p.again, p.rest = false, streams
	default:
		p.queued = false
	}
	return from, to, p.queued
}

// work does what the turn is for, and says to how many streams.
func (t turn) work(s *scratch) (served int) {
	if len(t.conns) == 0 {
		return t.hub.pursue(t.streams, s)
	}
	for i, c := range t.conns {
		c.work(s)
		t.conns[i] = nil
	}
	return len(t.conns)
}

// pursue serves the next streams of the hub's pass, and says how many.
func (h *Hub) pursue(most int, s *scratch) (served int) {
	h.mu.Lock()
	from, to, more := h.pass.take(len(h.streams), most)
	s.writers = s.writers[:0]
	for _, stream := range h.streams[from:to] {
		if stream.writer != nil {
			s.writers = append(s.writers, stream.writer)
		} else {
			stream.wakeLocked()
		}
	}
	h.mu.Unlock()
	for _, writer := range s.writers {
		s.touched += writer.fetch()
	}
	if more {
		h.pump.enqueuePass(h) // before the writing: another core may begin with it
	}
	for i, writer := range s.writers {
		writer.flush(s)
		s.writers[i] = nil
	}
	return to - from
}

// writer is a sink that a worker can make write at once.
type writer interface {
	// fetch brings what flush will look at into the cache; what it gives means nothing.
	// Of a room of thousands nothing is there, and each look waits for memory, about 100
	// ns; but a processor can wait for a dozen at once, if none says where another is.
	fetch() uint64
	flush(*scratch)
}

// scratch is what a worker needs again and again.
type scratch struct {
	writers []writer
	touched uint64 // so that no compiler leaves it out
	call    rawWrite
}

package sse

// Lag is how far a stream is behind, or how many of a hub's and how far at most.
//
// It is what the streams have taken up, not what has arrived: what the kernel holds
// for a slow reader counts as told. Waiting says that even that is full.
type Lag struct {
	// Streams are those that were looked at, Behind those of them that have not been
	// told of all revisions, Waiting those whose reader does not take the bytes.
	Streams, Behind, Waiting int
	// Most is by how many revisions the last one is behind.
	Most uint64
}

// lagChunk is how many streams are looked at before whoever wants to publish gets the
// lock: about 20 µs.
const lagChunk = 1024

// Lag is that of all streams of the hub. One that comes or goes meanwhile may be
// left out, or another be counted for it.
func (h *Hub) Lag() Lag {
	var lag Lag
	for from, more := 0, true; more; from += lagChunk {
		more = h.addLag(&lag, from)
	}
	return lag
}

// addLag adds a chunk, and reports whether there is another.
func (h *Hub) addLag(lag *Lag, from int) (more bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	to := min(from+lagChunk, len(h.streams))
	for _, stream := range h.streams[min(from, to):to] {
		lag.Add(stream.lagLocked())
	}
	return to < len(h.streams)
}

// Lag is that of the stream alone.
func (s *Stream) Lag() Lag {
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	return s.lagLocked()
}

func (s *Stream) lagLocked() Lag {
	lag := Lag{Streams: 1}
	if told, head := s.told.Load(), s.hub.updates.head; told < head {
		lag.Behind, lag.Most = 1, head-told
	}
	if s.waiting.Load() {
		lag.Waiting = 1
	}
	return lag
}

// Add counts other streams in.
func (l *Lag) Add(other Lag) {
	l.Streams += other.Streams
	l.Behind += other.Behind
	l.Waiting += other.Waiting
	l.Most = max(l.Most, other.Most)
}

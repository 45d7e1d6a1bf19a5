package sse

import "sync"

// Source is the session behind a hub.
type Source interface {
	// CatchUp encodes what the reader at the cursor has to be told of the keys
	// in filter to be where the session is now, in one event, and gives the
	// cursor that this makes. The data is nil if there is nothing to tell.
	CatchUp(cursor Cursor, filter Filter) (data []byte, now Cursor)
	// Peers encodes the list of all peers, and gives the cursor behind the last
	// coming or going that it knows of.
	Peers() (data []byte, now Cursor)
}

// Hub is the streams of one session.
//
// Lock order: the source's own lock, then Hub.mu. A source publishes while it
// holds its lock, so the hub never calls it with mu held.
type Hub struct {
	session string
	source  Source
	stats   *Stats
	pump    *Pump // nil: streams are woken by whoever publishes
	line    line  // the pump's

	// mu guards the tails and the set of streams, so that a stream that is added
	// sees either the frame or a head before it.
	mu      sync.RWMutex
	updates tail
	peers   tail
	streams []*Stream
	meeting int // how many of the streams are told who comes and goes
	pass    pass
	closed  bool
}

// NewHub is the hub of a session that stands at the revision head.
// The pump may be nil.
func NewHub(session string, head uint64, source Source, stats *Stats, pump *Pump) *Hub {
	return &Hub{session: session, source: source, stats: stats, pump: pump, updates: tail{head: head}}
}

// News is what a change means to the streams.
type News struct {
	// Revision is that of the session now, and Update the frame that led to it.
	Revision uint64
	Update   *Frame
	// Moves counts the comings and goings of peers so far, and Peers is the frame
	// of the last.
	Moves uint64
	Peers *Frame
}

// Watched reports whether there is a stream. Without one nobody needs a frame:
// a stream that comes after the answer catches up from the source.
func (h *Hub) Watched() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.streams) > 0
}

// Streams is how many there are.
func (h *Hub) Streams() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.streams)
}

// Publish wakes the streams, and waits for no reader.
func (h *Hub) Publish(news News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams) == 0 {
		news.Update, news.Peers = nil, nil
	}
	// A room that fills up must not wake each of its streams for each who comes.
	behind := 0
	if h.pass.queued { // some have not been told of the frame before yet
		behind = len(h.streams)
	}
	told := h.updates.advance(news.Revision, news.Update, behind)
	moved := h.peers.advance(news.Moves, news.Peers, behind)
	if told || moved && h.meeting > 0 {
		h.deliverLocked()
	}
}

// deliverLocked sees to it that each stream asks what there is for it.
func (h *Hub) deliverLocked() {
	switch {
	case len(h.streams) == 0:
	case h.pump == nil:
		for _, stream := range h.streams {
			stream.wakeLocked()
		}
	case h.pass.begin(len(h.streams)):
		h.pump.enqueuePass(h)
	}
}

// Options are what a stream is opened with.
type Options struct {
	// Cursor is how far the reader has been told, Resumes whether it has said so: it
	// may have named a position that nobody can go on from.
	Cursor  Cursor
	Resumes bool
	// Filter says which keys it is shown.
	Filter Filter
	// Peers says whether it is told who comes and goes.
	Peers bool
	// Most is how many streams there may be in all hubs of the same Stats; 0 is
	// no bound.
	Most int
	// OnClose is called once, when the stream is closed; it may be nil.
	OnClose func(*Stream)
}

// Open adds a stream; nil if there are as many as there may be.
//
// The caller holds the source's lock, so that no change falls between the cursor
// and the set of streams.
func (h *Hub) Open(o Options) *Stream {
	if !h.stats.admit(o.Most) {
		return nil
	}
	s := &Stream{
		hub: h, cursor: o.Cursor, resumes: o.Resumes, opened: o.Filter, filter: o.Filter, peers: o.Peers, onClose: o.OnClose,
	}
	s.told.Store(o.Cursor.Revision)
	h.mu.Lock()
	defer h.mu.Unlock()
	s.index = len(h.streams)
	h.streams = append(h.streams, s)
	if s.peers {
		h.meeting++
	}
	return s
}

// Close ends all streams, and those that are opened later, without an end event:
// their readers are told to come back, each after a time of its own, so that a
// thousand of them do not come at once.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, stream := range h.streams {
		stream.wakeLocked()
		stream.hurryLocked()
	}
}

// Reopen lets streams be opened again after Close.
func (h *Hub) Reopen() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = false
}

// removeLocked puts the last stream into the place of the one that goes.
func (h *Hub) removeLocked(s *Stream) {
	last := len(h.streams) - 1
	moved := h.streams[last]
	h.streams[s.index], moved.index = moved, s.index
	h.streams[last] = nil
	h.streams = h.streams[:last]
	if s.peers {
		h.meeting--
	}
	if last == 0 {
		h.updates.drop()
		h.peers.drop()
	}
}

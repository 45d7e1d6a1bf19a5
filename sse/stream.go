package sse

import "sync/atomic"

// Sink is the writing end of a stream, as its hub sees it. Neither method may
// block, and both may be called after the stream was closed.
type Sink interface {
	// Wake says that Stream.Next has something to give.
	Wake()
	// Hurry says that the stream is over: a write that waits for its reader
	// should not wait long.
	Hurry()
}

// Stream is one observer's connection.
//
// What each delivery looks at comes first, in two or three lines of memory; see fetch.
type Stream struct {
	// writer is the sink if it is one; hub.mu guards it.
	writer writer
	hub    *Hub

	// filter, cursor and met belong to the one goroutine that calls Next. met is
	// the cursor among the comings and goings of peers. resumes says that the reader
	// has named a position, begun that it has been told something since.
	filter         Filter
	cursor         Cursor
	met            Cursor
	resumes, begun bool
	peers          bool
	// told is the revision of the cursor, for whoever asks.
	told atomic.Uint64
	// end is the reason for which the stream has ended, or nil; refilter is the
	// filter that it shall have from now on, or nil.
	end      atomic.Pointer[string]
	refilter atomic.Pointer[Filter]

	// waiting says that a write waits for the reader.
	waiting atomic.Bool
	closed  atomic.Bool
	onClose func(*Stream)
	// opened is the filter that the stream was opened with.
	opened Filter

	// hub.mu guards what follows: the writing end, and the place in the hub.
	sink  Sink
	index int
}

// fetch touches what Next looks at, behind the writer, for [writer.fetch].
func (s *Stream) fetch() uint64 {
	if s.refilter.Load() != nil {
		return 1
	}
	return s.told.Load()
}

// State says what to do after the bytes of Next are written.
type State int

const (
	// Idle: write the bytes, if there are any; then wait until the sink is woken.
	Idle State = iota
	// More: write the bytes, then call Next again.
	More
	// Last: write the bytes, then close the connection.
	Last
)

// Next gives the bytes to write next, and what to do then. The bytes are shared
// and must not be changed. Only one goroutine at a time may call it.
func (s *Stream) Next() ([]byte, State) {
	for {
		if s.refilter.Load() != nil {
			s.filter, s.cursor.Known = *s.refilter.Swap(nil), false
		}
		updates, peers, closed := s.collect()
		// Only now: what was collected may be from after an end or after other
		// grants, and somebody who was put out is shown nothing more.
		switch reason := s.end.Load(); {
		case reason != nil:
			s.hub.stats.Events.Add(1)
			return End(s.hub.session, s.cursor.Revision, *reason), Last
		case s.refilter.Load() != nil:
			continue
		case closed:
			return ComeBack(), Last
		}
		// What a new filter shows is no catching up.
		if !s.begun || updates.do == catchUp && s.cursor.Known {
			s.countStart(updates)
		}
		s.cursor, s.met = updates.now, peers.now
		s.told.Store(s.cursor.Revision)
		data := both(updates.data, peers.data)
		if data != nil {
			s.hub.stats.Events.Add(int64(updates.events + peers.events))
		}
		// What is published from now on wakes the sink.
		if updates.partial || peers.partial {
			if data == nil {
				continue
			}
			return data, More
		}
		return data, Idle
	}
}

// collect asks for what to write next: the hub, and where that does not go back far
// enough, the source.
func (s *Stream) collect() (updates, peers batch, closed bool) {
	updates, peers, closed = s.fromTails()
	switch {
	case peers.do == catchUp && s.begun:
		// The list of all may be long, and is the same for all who ask: it is not copied
		// behind an update, but comes alone.
		peers.data, peers.now = s.hub.source.Peers()
		peers.events = 1
		return batch{now: s.cursor, partial: updates.do != idle}, peers, closed
	case peers.do == catchUp:
		peers = batch{now: s.met, partial: true} // never before the snapshot
	}
	// A reader that resumes is told what it has missed in one event, though there may
	// be frames of it.
	if updates.do == catchUp || updates.do == follow && !s.begun {
		updates.data, updates.now = s.hub.source.CatchUp(s.cursor, s.filter)
		updates.events, updates.partial = min(1, len(updates.data)), false
	}
	return updates, peers, closed
}

// both is one after the other; only where there are two is anything copied.
func both(a, b []byte) []byte {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return append(a[:len(a):len(a)], b...)
}

// fromTails collects what the hub has for the stream.
func (s *Stream) fromTails() (updates, peers batch, closed bool) {
	h := s.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	updates, peers = h.updates.since(s.cursor, s.filter), batch{do: idle}
	if s.peers {
		peers = h.peers.since(s.met, everything{})
	}
	return updates, peers, h.closed
}

// everything is the filter of frames that are the same for all.
type everything struct{}

// Match is true.
func (everything) Match(string) bool { return true }

// Filter is the one that the stream was opened with.
func (s *Stream) Filter() Filter { return s.opened }

// Refilter shows the reader the keys in filter from now on, beginning with a
// snapshot. What happens after it has returned is shown by no other filter.
func (s *Stream) Refilter(filter Filter) {
	s.refilter.Store(&filter)
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	s.wakeLocked()
}

// Attach names the sink that is woken from now on. What has happened before is
// not told: call Next first.
func (s *Stream) Attach(sink Sink) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.sink = sink
	s.writer, _ = sink.(writer)
}

// End makes an end event with the reason the next and last thing that the stream
// gives. Only the first reason counts.
func (s *Stream) End(reason string) {
	if !s.end.CompareAndSwap(nil, &reason) {
		return
	}
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	s.wakeLocked()
	s.hurryLocked()
}

// Close takes the stream out of its hub. It may be called several times.
func (s *Stream) Close() { s.close(gone) }

func (s *Stream) close(why ending) {
	if !s.closed.CompareAndSwap(false, true) {
		return
	}
	s.hub.mu.Lock()
	s.hub.removeLocked(s)
	s.sink, s.writer = nil, nil
	away := s.hub.closed
	s.hub.mu.Unlock()
	s.setWaiting(false)
	s.countEnd(why, away)
	s.hub.stats.Streams.Add(-1)
	if s.onClose != nil {
		s.onClose(s)
	}
}

// Wrote counts bytes that have gone to the reader.
func (s *Stream) Wrote(n int) { s.hub.stats.Bytes.Add(int64(n)) }

func (s *Stream) wakeLocked() {
	if s.sink != nil {
		s.sink.Wake()
	}
}

func (s *Stream) hurryLocked() {
	if s.sink != nil {
		s.sink.Hurry()
	}
}

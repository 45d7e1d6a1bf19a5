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
type Stream struct {
	hub     *Hub
	filter  Filter
	onClose func(*Stream)

	// cursor belongs to the one goroutine that calls Next.
	cursor Cursor

	// end is the reason for which the stream has ended, or nil.
	end    atomic.Pointer[string]
	closed atomic.Bool

	sink Sink // guarded by hub.mu
}

// State says what to do after the bytes of Next are written.
type State int

const (
	// Idle: there is nothing to write; the sink will be woken.
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
		// The reason first: somebody who has left, or was put out, is shown
		// nothing of what came before it any more.
		if reason := s.end.Load(); reason != nil {
			s.hub.stats.Events.Add(1)
			return End(s.hub.session, s.cursor.Revision, *reason), Last
		}
		do, data, events, now, closed := s.hub.framesFor(s.cursor, s.filter)
		switch {
		case closed:
			return ComeBack(), Last
		case do == idle:
			return nil, Idle
		case do == catchUp:
			if data, now = s.hub.source.CatchUp(s.cursor, s.filter); data != nil {
				events = 1
			}
			// The session may have ended meanwhile; then data says nothing.
			if s.end.Load() != nil {
				continue
			}
		}
		s.cursor = now
		if data != nil {
			s.hub.stats.Events.Add(int64(events))
			return data, More
		}
	}
}

// Attach names the sink that is woken from now on. What has happened before is
// not told: call Next first.
func (s *Stream) Attach(sink Sink) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.sink = sink
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
func (s *Stream) Close() {
	if !s.closed.CompareAndSwap(false, true) {
		return
	}
	s.hub.mu.Lock()
	delete(s.hub.streams, s)
	s.sink = nil
	s.hub.mu.Unlock()
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

package jetstream

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"

	"session-store/journal"
)

// stream is the journal: the records of all rooms are one stream of JetStream.
type stream struct {
	names
	link *link
	log  *slog.Logger
	// maxRecord is the most bytes of a record, with what stands around it.
	maxRecord int
	// alone says that no other process shares the stream, and that there is one
	// copy of it: then any answer about it is the newest.
	alone bool

	// id is what this process calls itself in the ids of records, counter what
	// tells them apart.
	id      string
	counter atomic.Uint64

	rooms  rooms
	health health
	// follower is nil if nobody else writes.
	follower *follower
	stop     func() error // ends what goes on behind, once
	stopOnce sync.Once
}

func (s *stream) Open(ctx context.Context, room string, wake func()) (journal.Log, error) {
	if err := s.link.err(); errors.Is(err, journal.ErrClosed) {
		return nil, err
	}
	l := &log{stream: s, room: room, subject: s.names.room(room), wake: wake, heard: heard{unread: true}}
	s.rooms.add(l)
	if s.follower != nil {
		if err := s.follower.follow(l); err != nil {
			s.rooms.remove(l)
			return nil, err
		}
	}
	return l, nil
}

func (s *stream) Node() string {
	if s.follower == nil {
		return ""
	}
	return s.id
}

func (s *stream) Nodes() []string {
	if s.follower == nil {
		return nil
	}
	return s.follower.members.alive()
}

func (s *stream) Ready() error {
	if err := s.link.err(); err != nil {
		return err
	}
	return s.health.err()
}

func (s *stream) Close() error {
	var err error
	s.stopOnce.Do(func() { err = s.stop() })
	return err
}

// newID is an id for a record, never used before.
func (s *stream) newID() string {
	return s.id + "." + strconv.FormatUint(s.counter.Add(1), 36)
}

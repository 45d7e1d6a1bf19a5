//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"session-store/bench/child"
	"session-store/bench/load"
)

const (
	theKey = "spotlight"
	// Times that a server which works never needs.
	joinTimeout    = 10 * time.Second
	deliverTimeout = 20 * time.Second
	sampleTimeout  = 3 * time.Minute
)

// stage is one server with the load on it.
type stage struct {
	server  string
	size    size
	child   *child.Child
	loop    *load.Loop
	dialect load.Dialect
	web     *http.Client // for joining
}

func (s *stage) close() {
	s.web.CloseIdleConnections()
	s.loop.Close()
	s.child.Stop()
}

// tokens lets so many peers join the room.
func (s *stage) tokens(ctx context.Context, room string, peers int) ([]string, error) {
	tokens := make([]string, peers)
	for i := range tokens {
		var err error
		if tokens[i], err = s.dialect.Token(ctx, room); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

// open opens a stream of the room for each token.
func (s *stage) open(ctx context.Context, crowd *load.Crowd, room string, tokens []string) error {
	for _, token := range tokens {
		if err := crowd.Open(ctx, s.child.Addr, s.dialect.Observe(room, token)); err != nil {
			return err
		}
	}
	return nil
}

// crowdIn lets peers join the room, each with a stream, and one more without,
// whose token it gives: the one who writes.
func (s *stage) crowdIn(ctx context.Context, crowd *load.Crowd, room string, readers int) (string, error) {
	tokens, err := s.tokens(ctx, room, readers+1)
	if err != nil {
		return "", err
	}
	return tokens[readers], s.open(ctx, crowd, room, tokens[:readers])
}

func (s *stage) writer() (*load.Writer, error) {
	return load.NewWriter(s.loop, s.dialect, s.child.Addr)
}

// writers opens connections, each with a peer of the room and a key of its own.
func (s *stage) writers(ctx context.Context, room string, count int) ([]*load.Writer, []*load.Request, error) {
	tokens, err := s.tokens(ctx, room, count)
	if err != nil {
		return nil, nil, err
	}
	writers, requests := make([]*load.Writer, count), make([]*load.Request, count)
	for i := range writers {
		if writers[i], err = s.writer(); err != nil {
			return nil, nil, err
		}
		requests[i] = s.dialect.Put(room, fmt.Sprintf("%s.%02d", theKey, i), tokens[i])
	}
	return writers, requests, nil
}

// delivered waits until the crowd has been told of so many updates.
func (s *stage) delivered(ctx context.Context, crowd *load.Crowd, updates int64) error {
	if err := s.loop.Until(ctx, deliverTimeout, func() bool { return crowd.Covered >= updates }); err != nil {
		return fmt.Errorf("deliver %d updates, %d have come: %w", updates, crowd.Covered, err)
	}
	if crowd.Covered > updates {
		return fmt.Errorf("%d updates have come, %d were due", crowd.Covered, updates)
	}
	return nil
}

// inFlight keeps a write of each connection on its way until so many have been
// sent and answered.
func (s *stage) inFlight(ctx context.Context, writers []*load.Writer, requests []*load.Request, total int) error {
	sent := 0
	idle := 0
	for i, w := range writers {
		w.Next = func() error {
			if sent == total {
				idle++
				return nil
			}
			sent++
			return w.Send(requests[i].Numbered(sent))
		}
		if err := w.Next(); err != nil {
			return err
		}
	}
	if err := s.loop.Until(ctx, sampleTimeout, func() bool { return idle == len(writers) }); err != nil {
		return fmt.Errorf("%d of %d writes sent: %w", sent, total, err)
	}
	return nil
}

// spent is the CPU time that the server takes for what the function does.
func (s *stage) spent(work func() error) (time.Duration, error) {
	before, err := s.child.CPU()
	if err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	after, err := s.child.CPU()
	return after - before, err
}

// each is a time shared out, in microseconds.
func each(total time.Duration, parts int64) float64 {
	return float64(total.Nanoseconds()) / 1e3 / float64(parts)
}

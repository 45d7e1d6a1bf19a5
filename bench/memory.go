//go:build linux

package main

import (
	"context"
	"math"
	"time"

	"session-store/bench/load"
)

// Between two looks at the memory so many writes make garbage, so that a
// collection happens at all, and then the runtime has a moment to give back what
// it has freed.
const (
	stirWrites = 2000
	stirPause  = 300 * time.Millisecond
)

// memory is what a peer, and then its idle stream, add to the server's resident
// memory: its anonymous pages, which are neither the executable nor what the
// kernel keeps for sockets. All servers run with GOGC=25: with the default a heap
// may hold as much garbage as it holds data, and where in that cycle one looks
// would be half of the figure.
func memory(ctx context.Context, s *stage) (map[string]float64, error) {
	const room = "idle"
	writers, requests, err := s.writers(ctx, "stirred", 1)
	if err != nil {
		return nil, err
	}
	settled := func() (float64, error) {
		least := int64(math.MaxInt64)
		for end := time.Now().Add(s.size.Settle); time.Now().Before(end); {
			if err := s.inFlight(ctx, writers, requests, stirWrites); err != nil {
				return 0, err
			}
			pause := time.Now().Add(stirPause)
			if err := s.loop.Until(ctx, time.Minute, func() bool { return time.Now().After(pause) }); err != nil {
				return 0, err
			}
			rss, err := s.child.RSS()
			if err != nil {
				return 0, err
			}
			least = min(least, rss)
		}
		return float64(least) / 1024, nil
	}
	before, err := settled()
	if err != nil {
		return nil, err
	}
	tokens, err := s.tokens(ctx, room, s.size.Idle)
	if err != nil {
		return nil, err
	}
	s.web.CloseIdleConnections()
	joined, err := settled()
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, load.NewCrowd(s.loop, false), room, tokens); err != nil {
		return nil, err
	}
	opened, err := settled()
	values := map[string]float64{"stream_memory": (opened - joined) / float64(s.size.Idle)}
	if s.server == product {
		values["peer_memory"] = (joined - before) / float64(s.size.Idle)
	}
	return values, err
}

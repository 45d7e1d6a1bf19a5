//go:build linux

package main

import (
	"context"

	"session-store/bench/load"
)

// open is the CPU time from a connection to the first event of its stream. All
// peers have joined before.
func open(ctx context.Context, s *stage) (map[string]float64, error) {
	const room = "opened"
	warm := s.size.Opens / 10
	tokens, err := s.tokens(ctx, room, s.size.Opens+warm)
	if err != nil {
		return nil, err
	}
	s.web.CloseIdleConnections()
	crowd := load.NewCrowd(s.loop, false)
	if err := s.open(ctx, crowd, room, tokens[:warm]); err != nil {
		return nil, err
	}
	spent, err := s.spent(func() error { return s.open(ctx, crowd, room, tokens[warm:]) })
	return map[string]float64{"open": each(spent, int64(s.size.Opens))}, err
}

//go:build linux

package main

import "context"

// write is the CPU time of a write that nobody reads, with a write of each
// connection on its way all the time.
func write(ctx context.Context, s *stage) (map[string]float64, error) {
	writers, requests, err := s.writers(ctx, "written", s.size.Writers)
	if err != nil {
		return nil, err
	}
	if err := s.inFlight(ctx, writers, requests, s.size.Writes/10); err != nil {
		return nil, err
	}
	spent, err := s.spent(func() error { return s.inFlight(ctx, writers, requests, s.size.Writes) })
	return map[string]float64{"write": each(spent, int64(s.size.Writes))}, err
}

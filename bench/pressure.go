//go:build linux

package main

import (
	"context"

	"session-store/bench/load"
)

// pressure is the CPU time of an update when writes come faster than one fan-out
// takes: several updates can then go to a reader in one system call. The floor
// makes one call for each. An update is skipped if its revision came only as a
// part of a later one.
func pressure(ctx context.Context, s *stage) (map[string]float64, error) {
	const room = "pressed"
	crowd := load.NewCrowd(s.loop, false)
	if _, err := s.crowdIn(ctx, crowd, room, s.size.Crowd); err != nil {
		return nil, err
	}
	writers, requests, err := s.writers(ctx, room, s.size.Pressure)
	if err != nil {
		return nil, err
	}
	due := int64(0)
	press := func(writes int) error {
		due += int64(writes) * int64(s.size.Crowd)
		if err := s.inFlight(ctx, writers, requests, writes); err != nil {
			return err
		}
		return s.delivered(ctx, crowd, due)
	}
	if err := press(s.size.Pressure * 2); err != nil {
		return nil, err
	}
	before := crowd.Updates
	spent, err := s.spent(func() error { return press(s.size.PressureWrites) })
	if err != nil {
		return nil, err
	}
	return map[string]float64{
		"pressure":         each(spent, crowd.Updates-before),
		"pressure_skipped": float64(crowd.Skipped()),
	}, nil
}

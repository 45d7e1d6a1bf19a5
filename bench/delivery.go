//go:build linux

package main

import (
	"context"
	"fmt"

	"session-store/bench/load"
)

// Few connections write in turns: what one more costs is measured by write.
const deliveryWriters = 4

// crowd is the CPU time of a delivery in one large room: the price of the loop
// over its readers.
func crowd(ctx context.Context, s *stage) (map[string]float64, error) {
	cost, err := delivery(ctx, s, 1, s.size.Crowd, s.size.CrowdWrites)
	return map[string]float64{"crowd": cost}, err
}

// rooms is the CPU time of a delivery in many small rooms: the price of a write
// is shared by few readers, and nothing is in the cache.
func rooms(ctx context.Context, s *stage) (map[string]float64, error) {
	cost, err := delivery(ctx, s, s.size.Rooms, s.size.RoomReaders, s.size.RoomWrites)
	return map[string]float64{"rooms": cost}, err
}

// delivery writes to the rooms in turns. A write is sent when the one before is
// answered and has come to all readers, so nothing queues and nothing is put
// together.
func delivery(ctx context.Context, s *stage, rooms, readers, writes int) (float64, error) {
	crowd := load.NewCrowd(s.loop, false)
	requests := make([]*load.Request, rooms)
	for i := range requests {
		room := fmt.Sprintf("room-%d", i)
		token, err := s.crowdIn(ctx, crowd, room, readers)
		if err != nil {
			return 0, err
		}
		requests[i] = s.dialect.Put(room, theKey, token)
	}
	writers := make([]*load.Writer, deliveryWriters)
	for i := range writers {
		var err error
		if writers[i], err = s.writer(); err != nil {
			return 0, err
		}
	}
	number := 0
	deliver := func(writes int) error {
		for range writes {
			number++
			request := requests[number%rooms].Numbered(number)
			if err := writers[number%len(writers)].Write(ctx, request); err != nil {
				return err
			}
			if err := s.delivered(ctx, crowd, int64(number)*int64(readers)); err != nil {
				return err
			}
		}
		return nil
	}
	// Once through all, so that pools are filled and pages are there.
	if err := deliver(max(rooms, writes/10)); err != nil {
		return 0, err
	}
	spent, err := s.spent(func() error { return deliver(writes) })
	return each(spent, int64(writes)*int64(readers)), err
}

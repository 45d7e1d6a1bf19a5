//go:build linux

package main

import (
	"context"
	"math"
	"slices"
	"time"

	"session-store/bench/load"
)

// latency is how long writers and readers wait while one room has thousands of
// readers. All of it is measured on one server: the large room, paced; a small
// room while the large one is silent; and both while the large one is written to
// at full speed, which is the next write as soon as the last one is answered.
func latency(ctx context.Context, s *stage) (map[string]float64, error) {
	largeRoom, err := s.room(ctx, "large", s.size.Large, false)
	if err != nil {
		return nil, err
	}
	answers, err := s.paced(ctx, s.size.LargePace, func() (time.Duration, error) {
		err := largeRoom.write(ctx)
		return largeRoom.writer.Took, err
	})
	if err != nil {
		return nil, err
	}
	if err := s.delivered(ctx, largeRoom.crowd, int64(largeRoom.number*s.size.Large)); err != nil {
		return nil, err
	}
	// Only now: the usual server closes a connection on which nothing is asked for 10 s.
	smallRoom, err := s.room(ctx, "small", s.size.Small, true)
	if err != nil {
		return nil, err
	}
	toAll := func() (time.Duration, error) {
		sent := time.Now()
		if err := smallRoom.write(ctx); err != nil {
			return 0, err
		}
		err := s.delivered(ctx, smallRoom.crowd, int64(smallRoom.number*s.size.Small))
		return time.Since(sent), err
	}
	alone, err := s.paced(ctx, s.size.SmallPace, toAll)
	if err != nil {
		return nil, err
	}
	var full []time.Duration
	stop, err := largeRoom.fullSpeed(&full)
	if err != nil {
		return nil, err
	}
	beside, err := s.paced(ctx, s.size.SmallPace, toAll)
	if err != nil {
		return nil, err
	}
	stop()
	return map[string]float64{
		"answer": p99(answers), "answer_full": p99(full),
		"small_alone": p99(alone), "small_beside": p99(beside), "small_times": p99(beside) / p99(alone),
	}, nil
}

// room is a room with its readers and one who writes.
type room struct {
	crowd   *load.Crowd
	writer  *load.Writer
	request *load.Request
	number  int
}

func (s *stage) room(ctx context.Context, name string, readers int, urgent bool) (*room, error) {
	r := &room{crowd: load.NewCrowd(s.loop, urgent)}
	token, err := s.crowdIn(ctx, r.crowd, name, readers)
	if err != nil {
		return nil, err
	}
	r.request = s.dialect.Put(name, theKey, token)
	r.writer, err = s.writer()
	return r, err
}

func (r *room) write(ctx context.Context) error {
	r.number++
	return r.writer.Write(ctx, r.request.Numbered(r.number))
}

// fullSpeed begins to write, each time the last write is answered, until stop is
// called; then one answer is still to come.
func (r *room) fullSpeed(took *[]time.Duration) (stop func(), err error) {
	send := func() error {
		r.number++
		return r.writer.Send(r.request.Numbered(r.number))
	}
	r.writer.Next = func() error {
		*took = append(*took, r.writer.Took)
		return send()
	}
	return func() { r.writer.Next = nil }, send()
}

// paced does something again and again, at a pace if that is not slower. The time
// that a late one waits for its turn is not counted: the next is not due before.
func (s *stage) paced(ctx context.Context, pace time.Duration, do func() (time.Duration, error)) ([]time.Duration, error) {
	var took []time.Duration
	due := time.Now()
	for end := due.Add(s.size.LatencyFor); due.Before(end); {
		if err := s.loop.Until(ctx, time.Minute, func() bool { return !time.Now().Before(due) }); err != nil {
			return nil, err
		}
		one, err := do()
		if err != nil {
			return nil, err
		}
		took = append(took, one)
		due = due.Add(pace)
		if now := time.Now(); due.Before(now) {
			due = now
		}
	}
	return took, nil
}

// p99 is the time that 99 of 100 do not exceed, in milliseconds.
func p99(took []time.Duration) float64 {
	if len(took) == 0 {
		return math.NaN()
	}
	slices.Sort(took)
	return float64(took[(len(took)*99+99)/100-1].Nanoseconds()) / 1e6
}

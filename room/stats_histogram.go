package room

import (
	"sync/atomic"
	"time"
)

// Histogram counts values by their size. To observe one costs two additions: it is done
// for each write, under the lock of its room.
type Histogram struct {
	// bounds rise, at most maxBounds of them; unit is how large one is of what is shown.
	bounds []int64
	unit   float64
	// counts are those up to each bound and above the one before; the last are the rest.
	counts [maxBounds + 1]atomic.Int64
	sum    atomic.Int64
}

const maxBounds = 19

// begin must be called before all else.
func (h *Histogram) begin(unit float64, bounds []int64) { h.unit, h.bounds = unit, bounds }

func (h *Histogram) observe(value int64) {
	i := 0
	for i < len(h.bounds) && value > h.bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(value)
}

// Read gives how many there were, their sum, and how many were at most so large.
func (h *Histogram) Read() (count uint64, sum float64, atMost map[float64]uint64) {
	atMost = make(map[float64]uint64, len(h.bounds))
	for i, bound := range h.bounds {
		count += uint64(h.counts[i].Load())
		atMost[float64(bound)/h.unit] = count
	}
	count += uint64(h.counts[len(h.bounds)].Load())
	return count, float64(h.sum.Load()) / h.unit, atMost
}

// beginDurations is begin for durations, which are shown in seconds: from an append in
// memory to one that waits for a cluster in trouble.
func (h *Histogram) beginDurations() {
	const micro, milli, second = int64(time.Microsecond), int64(time.Millisecond), int64(time.Second)
	h.begin(float64(second), []int64{
		10 * micro, 25 * micro, 50 * micro, 100 * micro, 250 * micro, 500 * micro,
		milli, 2500 * micro, 5 * milli, 10 * milli, 25 * milli, 50 * milli,
		100 * milli, 250 * milli, 500 * milli, second, 2500 * milli, 5 * second, 10 * second,
	})
}

func (h *Histogram) since(begin time.Time) { h.observe(int64(time.Since(begin))) }

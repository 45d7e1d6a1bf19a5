package routes

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Lines a second about what went wrong, and how many may come at once. While a
// bound is reached or the journal is away each request has one: 20,000 a second,
// which fill a disk.
const (
	complainRate  = 10
	complainBurst = 50
)

// complaints writes errors to the log, and of a flood of them as many as somebody
// can read. How many there were is in the metrics.
type complaints struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	limiter *rate.Limiter
	leftOut int // since the last line
}

func newComplaints(log *slog.Logger, now func() time.Time) *complaints {
	return &complaints{log: log, now: now, limiter: rate.NewLimiter(complainRate, complainBurst)}
}

// say writes a line, as slog.Logger.Error does, unless there were too many.
func (c *complaints) say(message string, fields ...any) {
	leftOut, ok := c.allow()
	if !ok {
		return
	}
	if leftOut > 0 {
		fields = append(fields, "left_out", leftOut)
	}
	c.log.Error(message, fields...)
}

func (c *complaints) allow() (leftOut int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.limiter.AllowN(c.now(), 1) {
		c.leftOut++
		return 0, false
	}
	leftOut, c.leftOut = c.leftOut, 0
	return leftOut, true
}

package room

import (
	"context"
	"math"
	"time"

	"session-store/model"
)

// Outcome is what a write has done.
type Outcome struct {
	// Position is where the session stands since.
	Position model.Position
	// Set has the entries that were set, in the order of the write.
	Set []*model.Entry
	// Created says that there was a key among them that had no entry before.
	Created bool
}

// Write sets and removes entries; By, As and At are filled in.
func (c *Caller) Write(ctx context.Context, w model.Write) (done Outcome, err error) {
	stats := &c.room.registry.stats.Writes
	if wait := c.room.leases.allowWrite(c.name); wait > 0 {
		err := model.Errorf(model.RateLimited, "a peer may write %v times a second here: try again in %v",
			c.room.registry.config.WriteRate, wait.Round(time.Millisecond))
		err.RetryAfter = int(math.Ceil(wait.Seconds()))
		stats.Refused.Add(1)
		stats.RateLimited.Add(1)
		return Outcome{}, err
	}
	w.By = c.name
	if c.peer == nil {
		w.As = c.grants
	}
	wished := &struct {
		wish
		write model.Write
	}{write: w} // one piece of memory for both
	wished.mutation, wished.caller = &wished.write, c
	c.wish(ctx, &wished.wish)
	stats.of(wished.change, wished.err).Add(1)
	if wished.err != nil {
		return Outcome{}, wished.err
	}
	done.Position = wished.at
	if change := wished.change; change != nil {
		done.Set, done.Created = change.Set, change.Created > 0
	}
	return done, nil
}

// burst is how many writes a bucket holds: those of a second, so that a page that
// sets a few keys at once is not refused.
func burst(rate float64) int { return max(1, int(math.Ceil(rate))) }

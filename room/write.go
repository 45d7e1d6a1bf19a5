package room

import (
	"context"
	"math"

	"session-store/model"
)

// Written is what a write has done.
type Written struct {
	// Position is where the session stands since.
	Position model.Position
	// Set has the entries that were set, in the order of the write.
	Set []*model.Entry
	// Created says that there was a key among them that had no entry before.
	Created bool
}

// Write sets and removes entries; By, As and At are filled in.
func (c *Caller) Write(ctx context.Context, w model.Write) (written Written, err error) {
	if wait := c.room.leases.allowWrite(c.name); wait > 0 {
		err := model.Errorf(model.RateLimited, "a peer may write %v times a second here: try again in %v", c.room.registry.config.WriteRate, wait)
		err.RetryAfter = int(math.Ceil(wait.Seconds()))
		return Written{}, err
	}
	r := c.room
	r.write.Lock()
	defer r.write.Unlock()
	// Under the lock, so that the times of a session rise as its revisions do.
	w.By, w.At = c.name, r.now()
	if c.peer == nil {
		w.As = c.grants
	}
	change, err := c.doLocked(ctx, w)
	if err != nil {
		return Written{}, err
	}
	written.Position = r.session.Position()
	if change != nil {
		written.Set, written.Created = change.Set, change.Created > 0
	}
	return written, nil
}

// burst is how many writes a bucket holds: those of a second, so that a page that
// sets a few keys at once is not refused.
func burst(rate float64) int { return max(1, int(math.Ceil(rate))) }

package room

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"session-store/journal"
	"session-store/model"
	"session-store/trace"
)

// JournalStats are what the journal was asked for, and how it went.
type JournalStats struct {
	// Append is how long appends took that were answered, whatever the answer was; Read
	// is the same of reads.
	Append, Read Histogram
	// Together is how many changes were stored in one record.
	Together Histogram
	// Behind were refused because another node had written, TooLarge because of their
	// size. Of Failed ones nobody knows whether they were stored.
	Behind, TooLarge, Failed atomic.Int64
	ReadFailed               atomic.Int64
	// Snapshots have taken the place of the records before them, SnapshotsFailed have
	// not.
	Snapshots, SnapshotsFailed atomic.Int64
}

func (s *JournalStats) begin() {
	s.Append.beginDurations()
	s.Read.beginDurations()
	s.Together.begin(1, []int64{1, 2, 4, 8, 16, 32, 64, maxTogether})
}

// appendLocked stores the changes, and takes note of how it went.
func (r *Room) appendLocked(ctx context.Context, changes []*model.Change) (seq uint64, err error) {
	stats := &r.registry.stats.Journal
	ctx, span := r.registry.config.Tracer.Start(ctx, "append")
	defer span.End()
	span.Count(trace.Changes, len(changes))
	begin := time.Now()
	seq, err = r.log.Append(ctx, r.seq, changes)
	stats.Append.since(begin)
	switch {
	case err == nil:
		stats.Together.observe(int64(len(changes)))
	case errors.Is(err, journal.ErrBehind):
		stats.Behind.Add(1)
	case errors.Is(err, journal.ErrTooLarge):
		stats.TooLarge.Add(1)
	default:
		stats.Failed.Add(1)
		span.Fail()
	}
	return seq, err
}

// readLocked gives what was stored since, and takes note of how it went.
func (r *Room) readLocked(ctx context.Context) ([]journal.Record, error) {
	stats := &r.registry.stats.Journal
	begin := time.Now()
	records, err := r.log.Read(ctx, r.seq)
	stats.Read.since(begin)
	if err != nil {
		stats.ReadFailed.Add(1)
	}
	return records, err
}

// isRefusal reports whether the error is a rule's, and not a fault.
func isRefusal(err error) bool {
	told, ok := errors.AsType[*model.Error](err)
	return ok && told.Code != model.Unavailable && told.Code != model.Internal
}

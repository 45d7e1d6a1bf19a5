package room_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"session-store/journal"
	"session-store/model"
)

// disk is a journal for which a record takes some time, and that can be told to fail.
type disk struct {
	journal.Journal
	takes   time.Duration
	broken  atomic.Bool
	records atomic.Int64 // those that were stored
}

type diskLog struct {
	journal.Log
	disk *disk
}

func (d *disk) Open(ctx context.Context, name string, wake func()) (journal.Log, error) {
	log, err := d.Journal.Open(ctx, name, wake)
	return diskLog{log, d}, err
}

func (l diskLog) Append(ctx context.Context, after uint64, changes []*model.Change) (uint64, error) {
	if l.disk.takes > 0 {
		time.Sleep(l.disk.takes)
	}
	if l.disk.broken.Load() {
		return 0, errors.New("the disk is full")
	}
	l.disk.records.Add(1)
	return l.Log.Append(ctx, after, changes)
}

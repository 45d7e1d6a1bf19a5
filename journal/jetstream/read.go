package jetstream

import (
	"context"
	"errors"
	"fmt"

	"session-store/journal"
	"session-store/model"
)

func (l *log) Read(ctx context.Context, after uint64) ([]journal.Record, error) {
	l.mu.Lock()
	suspicions := l.heard.suspicions
	l.mu.Unlock()
	list, err := l.stream.read(ctx, l.subject, after)
	if errors.Is(err, errVanished) {
		return endOf(after), nil
	}
	if err != nil {
		l.suspect()
		return nil, fmt.Errorf("read room %s: %w", l.room, err)
	}
	records, err := chain(after, list)
	if err != nil {
		return nil, fmt.Errorf("read room %s: %w", l.room, err)
	}
	last := after
	if len(records) > 0 {
		last = records[len(records)-1].Seq
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard.settle(last, suspicions)
	return records, nil
}

// endOf is given in the place of a session whose end has gone as well, to one who
// still stands in it. The number is of no use: no log goes on after an end.
func endOf(after uint64) []journal.Record {
	return []journal.Record{{Seq: after + 1, Changes: []*model.Change{{Ends: true}}}}
}

// errHole says that records of a room are missing, and no snapshot stands in
// their place. Somebody has removed them by hand.
var errHole = errors.New("records are missing")

// chain makes records of what was stored after a number. Each must connect to the
// one before it, or stand alone: a server that was killed while a snapshot took
// the place of older records may come back with some of them, which are passed
// over.
func chain(after uint64, list []stored) ([]journal.Record, error) {
	records := make([]journal.Record, 0, len(list))
	last, hole := after, false
	for _, s := range list {
		changes := s.changes
		if changes == nil {
			var err error
			if changes, err = decodeRecord(s.data); err != nil {
				return nil, fmt.Errorf("record %d: %w", s.seq, err)
			}
		}
		switch {
		case changes[0].Begins:
		case changes[len(changes)-1].Ends:
			// What came before the end goes only with what stood before it.
			if hole || s.prev != last || last == 0 {
				changes = changes[len(changes)-1:]
			}
		case hole || s.prev != last || last == 0:
			hole = true
			continue
		}
		hole = false
		last = s.seq
		records = append(records, journal.Record{Seq: s.seq, Changes: changes})
	}
	if hole {
		return nil, errHole
	}
	return records, nil
}

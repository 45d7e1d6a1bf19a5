package journaltest

import (
	"errors"
	"sync"

	"session-store/journal"
	"session-store/model"
)

func (s *suite) race() {
	const writers, writes = 8, 25
	first := s.append(s.open("a", nil), 0, begin("s"))
	var group sync.WaitGroup
	for i := range writers {
		log := s.open("a", nil)
		if i%2 == 1 {
			log = s.openOther("a", nil)
		}
		group.Go(func() { s.writeMany(log, first, writes) })
	}
	group.Wait()
	log := s.open("a", nil)
	got, _ := s.revisions(log, first)
	for i, revision := range got {
		if revision != uint64(i+1) {
			s.Fatalf("the record %d has revision %d", i+1, revision)
		}
	}
	if len(got) != writers*writes {
		s.Fatalf("%d records, want %d", len(got), writers*writes)
	}
}

// writeMany appends as a room does: on ErrBehind it reads and decides again.
func (s *suite) writeMany(log journal.Log, after uint64, writes int) {
	revision := uint64(0)
	for range writes {
		for {
			seq, err := log.Append(s.Context(), after, []*model.Change{write("s", revision+1)})
			if err == nil {
				after, revision = seq, revision+1
				break
			}
			if !errors.Is(err, journal.ErrBehind) {
				s.Errorf("append: %v", err)
				return
			}
			records, err := log.Read(s.Context(), after)
			if err != nil {
				s.Errorf("read: %v", err)
				return
			}
			for _, record := range records {
				after, revision = record.Seq, record.Changes[0].Revision
			}
		}
	}
}

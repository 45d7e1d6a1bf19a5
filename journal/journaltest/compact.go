package journaltest

import (
	"errors"

	"session-store/journal"
	"session-store/model"
)

func (s *suite) compact() {
	log, late := s.open("a", nil), s.openOther("a", nil)
	first := s.append(log, 0, begin("s"))
	last := s.append(log, first, write("s", 1))
	same := model.NewSession(model.DefaultLimits())
	same.Apply(begin("s"))
	same.Apply(write("s", 1))
	seq, err := log.Compact(s.Context(), last, same.Snapshot(5))
	if err != nil || seq <= last {
		s.Fatalf("compact: number %d, %v", seq, err)
	}
	s.append(log, seq, write("s", 2))
	for _, after := range []uint64{0, first} {
		records, err := late.Read(s.Context(), after)
		if err != nil {
			s.Fatal(err)
		}
		if len(records) != 2 || !records[0].Changes[0].Begins || records[0].Changes[0].Revision != 1 {
			s.Fatalf("after %d: %+v, want the snapshot and what follows", after, records)
		}
	}
}

func (s *suite) compactBehind() {
	log := s.open("a", nil)
	first := s.append(log, 0, begin("s"))
	s.append(log, first, write("s", 1))
	if _, err := log.Compact(s.Context(), first, begin("s")); !errors.Is(err, journal.ErrBehind) {
		s.Fatalf("compact got %v, want ErrBehind", err)
	}
	s.wantRevisions(log, 0, 0, 1)
}

// compactHeard: a snapshot takes nothing away from one who follows.
func (s *suite) compactHeard() {
	log := s.open("a", nil)
	woken := make(chan struct{}, 100)
	follower := s.openOther("a", func() { woken <- struct{}{} })
	first := s.append(log, 0, begin("s"))
	s.wantRevisions(follower, 0, 0)
	snapshot := begin("s")
	snapshot.Revision = 7
	seq, err := log.Compact(s.Context(), first, snapshot)
	if err != nil {
		s.Fatal(err)
	}
	last := s.append(log, seq, write("s", 8))
	at := first
	for at < last {
		<-woken
		for _, record := range s.news(follower, at) {
			at = record.Seq
		}
	}
	s.wantRevisions(follower, at)
}

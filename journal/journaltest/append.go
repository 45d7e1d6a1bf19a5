package journaltest

import (
	"errors"

	"session-store/journal"
	"session-store/model"
)

func (s *suite) order() {
	log := s.open("a", nil)
	first := s.append(log, 0, begin("s"))
	second := s.append(log, first, write("s", 1))
	s.append(log, second, write("s", 2))
	s.wantRevisions(log, 0, 0, 1, 2)
	s.wantRevisions(log, first, 1, 2)
	s.wantRevisions(log, second, 2)

	records, err := log.Read(s.Context(), 0)
	if err != nil {
		s.Fatal(err)
	}
	same := model.NewSession(model.DefaultLimits())
	for _, record := range records {
		for _, change := range record.Changes {
			same.Apply(change)
		}
	}
	if peer := same.Peer("ann"); peer == nil || peer.Token != (model.TokenHash{1, 2, 3}) {
		s.Fatalf("the peer came back as %+v", peer)
	}
	if entry := same.Entry("spotlight"); entry == nil || string(entry.Value) != "2" || entry.UpdatedBy != "ann" {
		s.Fatalf("the entry came back as %+v", entry)
	}
}

func (s *suite) behind() {
	one, two := s.open("a", nil), s.openOther("a", nil)
	first := s.append(one, 0, begin("s"))
	if _, err := two.Append(s.Context(), 0, []*model.Change{begin("t")}); !errors.Is(err, journal.ErrBehind) {
		s.Fatalf("the second writer got %v, want ErrBehind", err)
	}
	s.append(two, first, write("s", 1))
	if _, err := one.Append(s.Context(), first, []*model.Change{write("s", 1)}); !errors.Is(err, journal.ErrBehind) {
		s.Fatalf("the first writer got %v, want ErrBehind", err)
	}
}

func (s *suite) refused() {
	log := s.open("a", nil)
	first := s.append(log, 0, begin("s"))
	for _, after := range []uint64{0, first - 1, first + 1, first + 1000} {
		if after == first {
			continue
		}
		if _, err := log.Append(s.Context(), after, []*model.Change{write("s", 9)}); !errors.Is(err, journal.ErrBehind) {
			s.Fatalf("append after %d got %v, want ErrBehind", after, err)
		}
	}
	s.wantRevisions(log, 0, 0)
	s.append(log, first, write("s", 1))
}

// several: the writes of a node may be stored together.
func (s *suite) several() {
	log, late := s.open("a", nil), s.openOther("a", nil)
	first, err := log.Append(s.Context(), 0, []*model.Change{begin("s"), write("s", 1), write("s", 2)})
	if err != nil {
		s.Fatal(err)
	}
	second, err := log.Append(s.Context(), first, []*model.Change{write("s", 3), write("s", 4)})
	if err != nil {
		s.Fatal(err)
	}
	s.wantRevisions(late, 0, 0, 1, 2, 3, 4)
	s.wantRevisions(late, first, 3, 4)
	s.wantRevisions(late, second)
	records, err := late.Read(s.Context(), 0)
	if err != nil {
		s.Fatal(err)
	}
	if len(records) != 2 || records[0].Seq != first || records[1].Seq != second {
		s.Fatalf("%d records, want those of two appends", len(records))
	}
}

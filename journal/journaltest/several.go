package journaltest

import (
	"slices"
	"strings"
	"time"

	"session-store/journal"
	"session-store/model"
)

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

// severalAtTheEnd: whoever has seen all before the last record may be given all of
// it, anybody else its end alone.
func (s *suite) severalAtTheEnd() {
	log, late := s.open("a", nil), s.openOther("a", nil)
	first := s.append(log, 0, begin("s"))
	second := s.append(log, first, write("s", 1))
	last, err := log.Append(s.Context(), second, []*model.Change{write("s", 2), end("s", 2)})
	if err != nil {
		s.Fatal(err)
	}
	for _, after := range []uint64{0, first, second} {
		records, err := late.Read(s.Context(), after)
		if err != nil {
			s.Fatal(err)
		}
		session := s.sessionAt(after, first, second)
		for _, record := range records {
			for _, change := range record.Changes {
				if !change.Begins && !change.Ends && change.Revision != session.Position().Revision+1 {
					s.Fatalf("after %d: revision %d comes after %v", after, change.Revision, session.Position())
				}
				session.Apply(change)
			}
		}
		if session.ID() != "" || records[len(records)-1].Seq != last {
			s.Fatalf("after %d: the session goes on", after)
		}
	}
}

// sessionAt is what one has who has read up to a number.
func (s *suite) sessionAt(after, first, second uint64) *model.Session {
	session := model.NewSession(model.DefaultLimits())
	if after >= first {
		session.Apply(begin("s"))
	}
	if after >= second {
		session.Apply(write("s", 1))
	}
	return session
}

func (s *suite) rooms() {
	want := []string{"a", "A", "team.a:stand-up_1", ".", "..", "-", "a.b", "a-b", strings.Repeat("x.", 32)}
	for i, room := range want {
		log := s.open(room, nil)
		if i%2 == 1 {
			log = s.openOther(room, nil)
		}
		s.append(log, s.append(log, 0, begin("s")), write("s", 1))
	}
	empty := s.open("nobody", nil)
	s.wantRevisions(empty, 0)
	empty.Close()
	for _, j := range []journal.Journal{s.journal, s.other} {
		var got []string
		for room, err := range j.Rooms(s.Context()) {
			if err != nil {
				s.Fatal(err)
			}
			got = append(got, room)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			s.Fatalf("the rooms are %q, want %q", got, want)
		}
	}
	for range s.journal.Rooms(s.Context()) {
		break // must not go on
	}
}

// eventually waits for what another goroutine does.
func (s *suite) eventually(what string, is func() bool) {
	s.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not within 10 s: %s", what)
		}
	}
}

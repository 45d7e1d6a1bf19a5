package journaltest

import (
	"slices"
	"strings"

	"session-store/journal"
)

func (s *suite) emptyRoom() {
	s.wantRevisions(s.open("a", nil), 0)
	if err := s.journal.Ready(); err != nil {
		s.Fatalf("ready: %v", err)
	}
}

func (s *suite) roomsApart() {
	a, b := s.open("a", nil), s.openOther("b", nil)
	last := s.append(a, 0, begin("s"))
	s.append(b, 0, begin("t"))
	s.append(a, last, write("s", 1))
	s.wantRevisions(a, 0, 0, 1)
	s.wantRevisions(b, 0, 0)
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

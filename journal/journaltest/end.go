package journaltest

import (
	"errors"

	"session-store/journal"
	"session-store/model"
)

func (s *suite) ends() {
	log, follower := s.open("a", nil), s.openOther("a", nil)
	first := s.append(log, 0, begin("s"))
	last := s.append(log, first, end("s", 0))
	records, err := follower.Read(s.Context(), first)
	if err != nil {
		s.Fatal(err)
	}
	if len(records) != 1 || !records[0].Changes[0].Ends || records[0].Seq != last {
		s.Fatalf("the follower reads %+v, want the end alone", records)
	}
	// The next session begins behind the end, and stands alone for whoever
	// comes now.
	s.append(log, last, begin("t"))
	records, err = s.openOther("a", nil).Read(s.Context(), 0)
	if err != nil {
		s.Fatal(err)
	}
	if newest := records[len(records)-1].Changes[0]; newest.Session != "t" || !newest.Begins {
		s.Fatalf("the newest record is %+v", newest)
	}
	if oldest := records[0].Changes[0]; !oldest.Begins && !oldest.Ends {
		s.Fatalf("the oldest record is %+v, want one that can be applied to anything", oldest)
	}
}

func (s *suite) numbers() {
	log := s.open("a", nil)
	last := s.append(log, s.append(log, 0, begin("s")), end("s", 0))
	log.Close()
	log = s.openOther("a", nil)
	_, after := s.revisions(log, 0)
	if next := s.append(log, after, begin("t")); next <= last {
		s.Fatalf("the number %d comes after %d", next, last)
	}
	// Somebody who still stands in the old session must not get in.
	if _, err := log.Append(s.Context(), last, []*model.Change{write("s", 1)}); !errors.Is(err, journal.ErrBehind) {
		s.Fatalf("a writer of the session before got %v, want ErrBehind", err)
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

package journaltest

import (
	"slices"
	"sync/atomic"

	"session-store/journal"
	"session-store/model"
)

// news is what a room does when it is woken: it takes what was heard, and reads if
// that is not enough.
func (s *suite) news(log journal.Log, after uint64) []journal.Record {
	s.Helper()
	records, ok := log.Heard(after)
	if !ok {
		var err error
		if records, err = log.Read(s.Context(), after); err != nil {
			s.Fatalf("read: %v", err)
		}
	}
	for _, record := range records {
		if record.Seq <= after {
			s.Fatalf("record %d comes after %d", record.Seq, after)
		}
		after = record.Seq
	}
	return records
}

func (s *suite) wake() {
	woken := make(chan struct{}, 100)
	follower := s.openOther("a", func() { woken <- struct{}{} })
	s.wantRevisions(follower, 0) // as a room does: from there on nothing may be missed
	writer := s.open("a", nil)
	last := s.append(writer, 0, begin("s"))
	<-woken
	s.append(writer, last, write("s", 1))
	<-woken
	s.wantRevisions(follower, 0, 0, 1)
}

func (s *suite) heard() {
	const writes = 50
	woken := make(chan struct{}, 10*writes)
	follower := s.openOther("a", func() { woken <- struct{}{} })
	if records, ok := follower.Heard(0); ok && len(records) > 0 {
		s.Fatalf("%d records were heard of an empty room", len(records))
	}
	s.wantRevisions(follower, 0)
	writer := s.open("a", nil)
	last := s.append(writer, 0, begin("s"))
	for revision := range uint64(writes) {
		last = s.append(writer, last, write("s", revision+1))
	}
	session := model.NewSession(model.DefaultLimits())
	for at := uint64(0); at < last; {
		<-woken
		for _, record := range s.news(follower, at) {
			at = record.Seq
			for _, change := range record.Changes {
				if !change.Begins && change.Revision != session.Position().Revision+1 {
					s.Fatalf("revision %d comes after %v", change.Revision, session.Position())
				}
				session.Apply(change)
			}
		}
	}
	if entry := session.Entry("spotlight"); entry == nil || entry.Revision != writes {
		s.Fatalf("the entry is %+v in the end", entry)
	}
	if records, ok := follower.Heard(last); ok && len(records) > 0 {
		s.Fatalf("%d records were heard after the last", len(records))
	}
}

// away is a follower that does not come to listen for a long time.
func (s *suite) away() {
	const writes = 300
	follower := s.openOther("a", nil)
	writer := s.open("a", nil)
	first := s.append(writer, 0, begin("s"))
	s.wantRevisions(follower, 0, 0)
	last := first
	for revision := range uint64(writes) {
		last = s.append(writer, last, write("s", revision+1))
	}
	at, revision := first, uint64(0)
	for at < last {
		records := s.news(follower, at)
		if len(records) == 0 { // the newest may be missing
			records, _ = follower.Read(s.Context(), at)
		}
		for _, record := range records {
			if got := record.Changes[0].Revision; got != revision+1 {
				s.Fatalf("revision %d comes after %d", got, revision)
			}
			at, revision = record.Seq, revision+1
		}
	}
	s.append(follower, last, write("s", writes+1))
	if records, ok := writer.Heard(first); ok && len(records) > 0 && records[0].Seq <= first {
		s.Fatalf("heard record %d after %d", records[0].Seq, first)
	}
}

func (s *suite) wakeAfterClose() {
	var closed atomic.Bool
	follower := s.openOther("a", func() {
		if closed.Load() {
			s.Error("woken after close")
		}
	})
	writer := s.open("a", nil)
	last := s.append(writer, 0, begin("s"))
	for revision := range uint64(50) {
		if revision == 25 {
			follower.Close()
			closed.Store(true)
		}
		last = s.append(writer, last, write("s", revision+1))
	}
}

func (s *suite) nodes() {
	if s.journal == s.other {
		if s.journal.Node() == "" && len(s.journal.Nodes()) > 0 {
			s.Fatalf("a journal without a name shares with %v", s.journal.Nodes())
		}
		return
	}
	one, two := s.journal.Node(), s.other.Node()
	if one == "" || one == two {
		s.Fatalf("the nodes are called %q and %q", one, two)
	}
	names := func(j journal.Journal, node string) func() bool {
		return func() bool { return slices.Contains(j.Nodes(), node) }
	}
	s.eventually("one knows two", names(s.journal, two))
	s.eventually("two knows one", names(s.other, one))
	if names(s.journal, one)() {
		s.Errorf("a node names itself")
	}
	if err := s.other.Close(); err != nil {
		s.Fatal(err)
	}
	s.eventually("one knows that two has gone", func() bool { return !names(s.journal, two)() })
}

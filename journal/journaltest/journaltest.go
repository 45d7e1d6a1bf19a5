// Package journaltest is the suite that every journal passes: the contract of
// the journal package, sentence by sentence, as something that can fail.
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"session-store/journal"
	"session-store/model"
)

// Run holds the journals that open makes to the contract. Each call of open
// gives a journal without records; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) journal.Journal) {
	RunNodes(t, func(t *testing.T) (one, two journal.Journal) {
		j := open(t)
		return j, j
	})
}

// RunNodes does the same for two journals that share their records, as two nodes
// have them: what one of them appends, the other must read.
func RunNodes(t *testing.T, open func(t *testing.T) (one, two journal.Journal)) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			one, two := open(t)
			t.Cleanup(func() {
				_ = one.Close()
				_ = two.Close()
			})
			test(&suite{T: t, journal: one, other: two})
		})
	}
}

var tests = map[string]func(*suite){
	"an unknown room is empty":                   (*suite).emptyRoom,
	"order: what is appended is read in order":   (*suite).order,
	"rooms do not see each other":                (*suite).roomsApart,
	"each room with records is named":            (*suite).rooms,
	"two writers with the same after":            (*suite).behind,
	"a refused append stores nothing":            (*suite).refused,
	"order: many writers make one history":       (*suite).race,
	"a follower is woken":                        (*suite).wake,
	"a follower hears what it is woken for":      (*suite).heard,
	"a follower that was away reads what it has": (*suite).away,
	"a reader of a closed log is left alone":     (*suite).wakeAfterClose,
	"reopen with what was confirmed":             (*suite).reopen,
	"a record has several changes":               (*suite).several,
	"an end goes with what was before it":        (*suite).severalAtTheEnd,
	"a session that is over leaves its end":      (*suite).ends,
	"numbers are never used twice":               (*suite).numbers,
	"a snapshot stands for what was before":      (*suite).compact,
	"a snapshot has the condition of append":     (*suite).compactBehind,
	"a snapshot is heard, or read":               (*suite).compactHeard,
	"nodes know of each other":                   (*suite).nodes,
	"nothing works after close":                  (*suite).closed,
}

// suite is one test on one journal; other is the journal of another node, or the
// same.
type suite struct {
	*testing.T
	journal, other journal.Journal
}

func (s *suite) open(room string, wake func()) journal.Log {
	s.Helper()
	return s.openOn(s.journal, room, wake)
}

// openOther opens a room as another node does, if there is one.
func (s *suite) openOther(room string, wake func()) journal.Log {
	s.Helper()
	return s.openOn(s.other, room, wake)
}

func (s *suite) openOn(j journal.Journal, room string, wake func()) journal.Log {
	s.Helper()
	if wake == nil {
		wake = func() {}
	}
	log, err := j.Open(s.Context(), room, wake)
	if err != nil {
		s.Fatalf("open: %v", err)
	}
	s.Cleanup(log.Close)
	return log
}

func (s *suite) append(log journal.Log, after uint64, change *model.Change) uint64 {
	s.Helper()
	seq, err := log.Append(s.Context(), after, []*model.Change{change})
	if err != nil {
		s.Fatalf("append after %d: %v", after, err)
	}
	if seq <= after {
		s.Fatalf("append after %d got the number %d", after, seq)
	}
	return seq
}

// revisions are those of the records after a number, and the last number.
func (s *suite) revisions(log journal.Log, after uint64) (revisions []uint64, last uint64) {
	s.Helper()
	records, err := log.Read(s.Context(), after)
	if err != nil {
		s.Fatalf("read: %v", err)
	}
	last = after
	for _, record := range records {
		if record.Seq <= last {
			s.Fatalf("record %d stands after %d", record.Seq, last)
		}
		last = record.Seq
		for _, change := range record.Changes {
			revisions = append(revisions, change.Revision)
		}
	}
	return revisions, last
}

func (s *suite) wantRevisions(log journal.Log, after uint64, want ...uint64) {
	s.Helper()
	if got, _ := s.revisions(log, after); !slices.Equal(got, want) {
		s.Fatalf("revisions after %d are %v, want %v", after, got, want)
	}
}

// begin, write and end are changes as a session would make them.
func begin(session string) *model.Change {
	return &model.Change{
		Session: session, Begins: true, At: 1, CreatedAt: 1,
		Joined: []*model.Peer{{ID: "ann", Name: "Ann", JoinedAt: 1, Token: model.TokenHash{1, 2, 3}}},
	}
}

func write(session string, revision uint64) *model.Change {
	return &model.Change{
		Session: session, Revision: revision, At: 2,
		Set: []*model.Entry{{
			Key: "spotlight", Value: model.Value(fmt.Sprint(revision)), Revision: revision, UpdatedAt: 2, UpdatedBy: "ann",
		}},
	}
}

func end(session string, revision uint64) *model.Change {
	return &model.Change{
		Session: session, Revision: revision, At: 3, Ends: true,
		Left: []model.Departure{{Peer: "ann", Reason: model.Left}},
	}
}

func (s *suite) emptyRoom() {
	s.wantRevisions(s.open("a", nil), 0)
	if err := s.journal.Ready(); err != nil {
		s.Fatalf("ready: %v", err)
	}
}

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

func (s *suite) roomsApart() {
	a, b := s.open("a", nil), s.openOther("b", nil)
	last := s.append(a, 0, begin("s"))
	s.append(b, 0, begin("t"))
	s.append(a, last, write("s", 1))
	s.wantRevisions(a, 0, 0, 1)
	s.wantRevisions(b, 0, 0)
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

func (s *suite) reopen() {
	log := s.open("a", nil)
	last := s.append(log, 0, begin("s"))
	last = s.append(log, last, write("s", 1))
	log.Close()
	log = s.openOther("a", nil)
	s.wantRevisions(log, 0, 0, 1)
	s.append(log, last, write("s", 2))
}

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

func (s *suite) closed() {
	log := s.open("a", nil)
	s.append(log, 0, begin("s"))
	if err := s.journal.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	ctx := context.Background()
	_, openErr := s.journal.Open(ctx, "b", func() {})
	_, appendErr := log.Append(ctx, 0, []*model.Change{begin("s")})
	_, readErr := log.Read(ctx, 0)
	_, compactErr := log.Compact(ctx, 0, begin("s"))
	for name, err := range map[string]error{
		"open": openErr, "append": appendErr, "read": readErr, "compact": compactErr, "ready": s.journal.Ready(),
	} {
		if !errors.Is(err, journal.ErrClosed) {
			s.Errorf("%s after close: %v, want ErrClosed", name, err)
		}
	}
}

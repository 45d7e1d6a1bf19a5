// Package journaltest is the suite that every journal passes: the contract of
// the journal package, sentence by sentence, as something that can fail.
package journaltest

import (
	"fmt"
	"slices"
	"testing"
	"time"

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

// eventually waits for what another goroutine does.
func (s *suite) eventually(what string, is func() bool) {
	s.Helper()
	for deadline := time.Now().Add(40 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not within 40 s: %s", what)
		}
	}
}

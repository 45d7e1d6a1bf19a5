package model_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"session-store/model"
)

// story is a session at revision 7: a is set at 1, 4 and 7; b set at 2 and removed
// at 5; hand.1 set at 3, removed at 4 and set again at 6.
func story(t *testing.T) *model.Session {
	t.Helper()
	s := began(t, roomy, "ann")
	for _, write := range []model.Write{
		set("ann", "a", "1"), set("ann", "b", "1"), set("ann", "hand.1", "1"),
		with(set("ann", "a", "2"), "hand.1"), remove("ann", "b"), set("ann", "hand.1", "2"), set("ann", "a", "3"),
	} {
		do(t, s, write)
	}
	return s
}

func TestHeadSinceEachRevision(t *testing.T) {
	all, a, b, hands := []string{"*"}, []string{"a"}, []string{"b"}, []string{"hand.*"}
	tests := []struct {
		name     string
		revision uint64
		keys     []string
		want     string
	}{
		{"from the begin", 0, all, "+a@7 +hand.1@6 -b@5"},
		{"first", 1, all, "+a@7 +hand.1@6 -b@5"},
		{"before the removals", 3, all, "+a@7 +hand.1@6 -b@5"},
		{"a key removed and set again is no removal", 4, all, "+a@7 +hand.1@6 -b@5"},
		{"at a removal, which is known then", 5, all, "+a@7 +hand.1@6"},
		{"one behind", 6, all, "+a@7"},
		{"at the head", 7, all, ""},
		{"one ahead", 8, all, "no"},
		{"far ahead", model.MaxRevision, all, "no"},
		{"ahead of what a counter holds", 1<<64 - 1, all, "no"},
		{"of one key", 0, a, "+a@7"},
		{"of one key at the head", 7, a, ""},
		{"of a gone key", 0, b, "-b@5"},
		{"of a gone key, known", 5, b, ""},
		{"of a prefix", 2, hands, "+hand.1@6"},
		{"of a prefix, known", 6, hands, ""},
		{"of none", 0, nil, ""},
		{"of a key that never was", 0, []string{"x"}, ""},
		{"of one key, ahead", 8, a, "no"},
	}
	s := story(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := since(s, tt.revision, tt.keys...); got != tt.want {
				t.Errorf("since %d: %q, want %q", tt.revision, got, tt.want)
			}
		})
	}
}

// since tells what Since says, in order.
func since(s *model.Session, revision uint64, patterns ...string) string {
	changed, removed, ok := s.Since(revision, model.NewKeys(patterns))
	if !ok {
		return "no"
	}
	var told []string
	for _, entry := range changed {
		told = append(told, fmt.Sprintf("+%s@%d", entry.Key, entry.Revision))
	}
	for _, removal := range removed {
		told = append(told, fmt.Sprintf("-%s@%d", removal.Key, removal.Revision))
	}
	return strings.Join(told, " ")
}

func TestHeadOfNewSession(t *testing.T) {
	for name, s := range map[string]*model.Session{
		"no session": model.NewSession(roomy), "nothing written": began(t, roomy, "ann"),
	} {
		if got := since(s, 0, "*"); got != "" {
			t.Errorf("%s: since 0: %q, want nothing", name, got)
		}
		if got := since(s, 1, "*"); got != "no" {
			t.Errorf("%s: since 1: %q, want no", name, got)
		}
	}
}

func TestSinceInOrderOfNames(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "c", "1", "a", "1", "b", "1", "é", "1", "z", "1", "y", "1"))
	do(t, s, remove("ann", "z", "c", "y"))
	if got, want := since(s, 0, "*"), "+a@1 +b@1 +é@1 -c@2 -y@2 -z@2"; got != want {
		t.Errorf("since 0: %q, want %q", got, want)
	}
}

func TestSinceTellsReason(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1"))
	s.Apply(&model.Change{
		Session: "s1", Revision: 2, At: at, Removed: []model.Removal{{Key: "a", Revision: 2, Reason: model.Expired}},
	})
	_, removed, ok := s.Since(1, model.AllKeys())
	if want := (model.Removal{Key: "a", Revision: 2, Reason: model.Expired}); !ok || len(removed) != 1 || removed[0] != want {
		t.Errorf("removed is %+v, %t, want %+v", removed, ok, want)
	}
}

// churned has set n keys at revision 1, and removed one at each revision after.
func churned(t *testing.T, n int) *model.Session {
	t.Helper()
	s := began(t, roomy, "ann")
	write := model.Write{By: "ann", At: at}
	for i := range n {
		write.Set = append(write.Set, model.Assignment{Key: fmt.Sprintf("k%04d", i), Value: model.Value("1")})
	}
	do(t, s, write)
	for _, a := range write.Set {
		do(t, s, remove("ann", a.Key))
	}
	return s
}

func TestHeadOlderThanRememberedRemovals(t *testing.T) {
	tests := []struct {
		name     string
		removals int
		revision uint64
		ok       bool
		told     int
	}{
		{"all remembered, from the begin", model.MaxRemovals, 0, true, model.MaxRemovals},
		{"all remembered, before the first", model.MaxRemovals, 1, true, model.MaxRemovals},
		{"one forgotten, from the begin", model.MaxRemovals + 1, 0, false, 0},
		{"one forgotten, before it", model.MaxRemovals + 1, 1, false, 0},
		{"one forgotten, which is known", model.MaxRemovals + 1, 2, true, model.MaxRemovals},
		{"one forgotten, later", model.MaxRemovals + 1, 3, true, model.MaxRemovals - 1},
		{"one forgotten, one behind", model.MaxRemovals + 1, model.MaxRemovals + 1, true, 1},
		{"one forgotten, at the head", model.MaxRemovals + 1, model.MaxRemovals + 2, true, 0},
		{"one forgotten, ahead", model.MaxRemovals + 1, model.MaxRemovals + 3, false, 0},
		{"many forgotten, before the last of them", 2*model.MaxRemovals + 5, model.MaxRemovals + 5, false, 0},
		{"many forgotten, all known", 2*model.MaxRemovals + 5, model.MaxRemovals + 6, true, model.MaxRemovals},
	}
	sessions := map[int]*model.Session{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if sessions[tt.removals] == nil {
				sessions[tt.removals] = churned(t, tt.removals)
			}
			_, removed, ok := sessions[tt.removals].Since(tt.revision, model.AllKeys())
			if ok != tt.ok || len(removed) != tt.told {
				t.Errorf("Since tells of %d removals, %t, want %d, %t", len(removed), ok, tt.told, tt.ok)
			}
			// That something is forgotten is so for every reader: what he missed may
			// have been one of his keys.
			if _, _, ok := sessions[tt.removals].Since(tt.revision, model.NewKeys([]string{"x"})); ok != tt.ok {
				t.Errorf("of another key it is %t", ok)
			}
		})
	}
}

func TestRemovalsOfOneRevisionAreForgottenTogether(t *testing.T) {
	s := began(t, roomy, "ann")
	var pairs, keys []string
	for i := range model.MaxRemovals + 1 {
		keys = append(keys, fmt.Sprint(i))
		pairs = append(pairs, fmt.Sprint(i), "1")
	}
	do(t, s, set("ann", pairs...))
	do(t, s, remove("ann", keys...))
	if got := since(s, 1, "*"); got != "no" {
		t.Errorf("since 1: %.50q, want no", got)
	}
	if got := since(s, 2, "*"); got != "" {
		t.Errorf("since 2: %.50q, want nothing", got)
	}
}

// One key that comes and goes is one removal, however often: it makes no reader
// start again.
func TestRemovalsOfOneKeyAreOne(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "old", "1"))
	do(t, s, remove("ann", "old"))
	for range 3 * model.MaxRemovals {
		do(t, s, set("ann", "a", "1"))
		do(t, s, remove("ann", "a"))
	}
	if got, want := since(s, 0, "*"), fmt.Sprintf("-a@%d -old@2", 2+6*model.MaxRemovals); got != want {
		t.Errorf("since 0: %q, want %q", got, want)
	}
	if n := len(s.Snapshot(at).Removed); n != 2 {
		t.Errorf("it remembers %d removals, want 2", n)
	}
}

// Bounded memory cannot be seen from outside but by its size: 100,000 removals
// that are not forgotten are more than 4 MB.
func TestRemovalsOfOneKeyTakeNoMemory(t *testing.T) {
	s := began(t, roomy, "ann")
	before := heap()
	for range 100_000 {
		do(t, s, set("ann", "a", "1"))
		do(t, s, remove("ann", "a"))
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("the session grew by %d bytes", grown)
	}
	runtime.KeepAlive(s)
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// Keys that came back make room among what is remembered.
func TestRemovalsComeBack(t *testing.T) {
	s := churned(t, model.MaxRemovals)
	do(t, s, set("ann", "k0000", "1", "new", "1"))
	do(t, s, remove("ann", "new"))
	if _, removed, ok := s.Since(0, model.AllKeys()); !ok || len(removed) != model.MaxRemovals {
		t.Errorf("Since tells of %d removals, %t", len(removed), ok)
	}
	do(t, s, remove("ann", "k0000")) // the one too many: k0001, removed at 3, is forgotten
	if _, _, ok := s.Since(2, model.AllKeys()); ok {
		t.Error("a forgotten removal is not missed")
	}
	if _, removed, ok := s.Since(3, model.AllKeys()); !ok || len(removed) != model.MaxRemovals {
		t.Errorf("Since tells of %d removals, %t", len(removed), ok)
	}
}

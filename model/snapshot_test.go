package model_test

import (
	"testing"

	"session-store/model"
)

func TestSnapshotMakesAnEqualSession(t *testing.T) {
	left := began(t, roomy, "ann", "bob")
	do(t, left, set("bob", "a", "1"))
	do(t, left, leave("bob"))
	ended := story(t)
	do(t, ended, leave("ann"))
	again := story(t)
	do(t, again, leave("ann"))
	do(t, again, join("bob", at))
	back := churned(t, model.MaxRemovals+2)
	do(t, back, set("ann", "k0500", "1"))
	for name, s := range map[string]*model.Session{
		"no session":              model.NewSession(roomy),
		"nothing written":         began(t, roomy, "ann", "bob"),
		"entries and removals":    story(t),
		"writer has left":         left,
		"ended":                   ended,
		"begun again":             again,
		"all removals remembered": churned(t, model.MaxRemovals),
		"one removal forgotten":   churned(t, model.MaxRemovals+1),
		"one came back":           back,
	} {
		t.Run(name, func(t *testing.T) {
			before := view(s)
			snapshot := s.Snapshot(at + 9)
			if got := view(s); got != before {
				t.Fatalf("Snapshot changed the session\nfrom\n%s\nto\n%s", before, got)
			}
			// It stands alone: what was there before is dropped.
			other := churned(t, model.MaxRemovals+7)
			do(t, other, join("eve", at))
			do(t, other, set("eve", "other", "1"))
			for _, onto := range []*model.Session{model.NewSession(roomy), other} {
				onto.Apply(snapshot)
				if got := view(onto); got != before {
					t.Errorf("the snapshot makes\n%.2000s\nof\n%.2000s", got, before)
				}
			}
		})
	}
}

// A node that begins with a snapshot forgets the same removals at the same time
// as one that has seen all.
func TestOrderAfterSnapshotIsTheSame(t *testing.T) {
	s := churned(t, model.MaxRemovals-2)
	do(t, s, set("ann", "k0000", "1", "x1", "1", "x2", "1", "x3", "1", "x4", "1"))
	late := model.NewSession(roomy)
	late.Apply(s.Snapshot(at))
	for _, write := range []model.Write{
		remove("ann", "x4", "x1"), remove("ann", "x3", "k0000"), set("ann", "k0001", "1"),
		remove("ann", "x2"), remove("ann", "k0001"),
	} {
		change := do(t, s, write)
		late.Apply(change)
		if got, want := view(late), view(s); got != want {
			t.Fatalf("after %+v it is\n%.2000s\nwant\n%.2000s", write, got, want)
		}
	}
	if _, _, ok := s.Since(0, model.AllKeys()); ok {
		t.Error("nothing was forgotten: the test tests nothing")
	}
}

func TestSnapshotKeepsLimitsOfTheNode(t *testing.T) {
	if got := lowered(story(t), model.Limits{Keys: 1}).Limits(); got != (model.Limits{Keys: 1}) {
		t.Errorf("the limits are %+v", got)
	}
}

// What a snapshot holds stays as it is: a journal may encode it later.
func TestSnapshotStaysAsItWas(t *testing.T) {
	s := story(t)
	before := view(s)
	snapshot := s.Snapshot(at)
	do(t, s, with(set("ann", "a", "9", "c", "1"), "hand.1"))
	do(t, s, join("bob", at))
	do(t, s, leave("ann"))
	fresh := model.NewSession(roomy)
	fresh.Apply(snapshot)
	if got := view(fresh); got != before {
		t.Errorf("the snapshot makes\n%s\nwant\n%s", got, before)
	}
}

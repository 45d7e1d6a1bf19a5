package model_test

import (
	"testing"

	"session-store/model"
)

func TestSet(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	change := do(t, s, set("ann", "a", "1"))
	if change.Created != 1 || len(change.Set) != 1 || len(change.Removed) != 0 || change.Revision != 1 || change.Session != "s1" {
		t.Errorf("the change is %+v", change)
	}
	wantEntry(t, s, "a", `{"key":"a","value":1,"revision":1,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann"}`)

	later := set("bob", "a", "2")
	later.At = at + 1500
	change = do(t, s, later)
	if change.Created != 0 || len(change.Set) != 1 || change.At != at+1500 {
		t.Errorf("the change is %+v", change)
	}
	wantEntry(t, s, "a", `{"key":"a","value":2,"revision":2,"updated_at":"2023-11-14T22:13:21.500Z","updated_by":"bob"}`)
}

func TestSetOfTheSameValueIsAChange(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1"))
	if change := do(t, s, set("ann", "a", "1")); change == nil || change.Revision != 2 {
		t.Errorf("the change is %+v", change)
	}
}

func TestNullIsAValue(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "null"))
	wantEntry(t, s, "a", `{"key":"a","value":null,"revision":1,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann"}`)
	if keys, bytes := s.Size(); keys != 1 || bytes != 5 {
		t.Errorf("it holds %d keys, %d bytes, want 1 and 5", keys, bytes)
	}
	do(t, s, given(t, set("ann", "a", "1"), "*", ""))
	if change := do(t, s, set("ann", "a", "null")); len(change.Removed) != 0 || s.Entry("a") == nil {
		t.Errorf("null removed the key: %+v", change)
	}
}

func TestRemove(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	do(t, s, set("ann", "a", "1", "b", "2"))
	change := do(t, s, remove("bob", "a"))
	want := model.Removal{Key: "a", Revision: 2, Reason: model.Deleted}
	if len(change.Removed) != 1 || change.Removed[0] != want || len(change.Set) != 0 || change.Created != 0 {
		t.Errorf("the change is %+v", change)
	}
	if keys, bytes := s.Size(); keys != 1 || bytes != 2 || s.Entry("a") != nil {
		t.Errorf("the session is\n%s", view(s))
	}
}

func TestRemoveOfMissingKeyTakesNoRevision(t *testing.T) {
	s := began(t, roomy, "ann")
	nothing(t, s, remove("ann", "a"))
	do(t, s, set("ann", "a", "1"))
	do(t, s, remove("ann", "a"))
	nothing(t, s, remove("ann", "a"))
	nothing(t, s, remove("ann", "a", "b", "c"))
	nothing(t, s, model.Write{By: "ann"})
	if got := s.Position().Revision; got != 2 {
		t.Errorf("the revision is %d, want 2", got)
	}
	do(t, s, set("ann", "b", "1"))
	if change := do(t, s, remove("ann", "a", "b")); len(change.Removed) != 1 || change.Removed[0].Key != "b" {
		t.Errorf("the change tells of a key that was not there: %+v", change)
	}
}

func TestPatchIsOneRevision(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1", "b", "2", "c", "3"))
	patch := set("ann", "a", "4", "d", "5")
	patch.Remove = []string{"b", "none"}
	change := do(t, s, patch)
	if change.Revision != 2 || len(change.Set) != 2 || len(change.Removed) != 1 || change.Created != 1 {
		t.Errorf("the change is %+v", change)
	}
	for key, revision := range map[string]uint64{"a": 2, "c": 1, "d": 2} {
		if entry := s.Entry(key); entry == nil || entry.Revision != revision {
			t.Errorf("%s is %+v, want revision %d", key, entry, revision)
		}
	}
	if keys, bytes := s.Size(); keys != 3 || bytes != 6 || s.Entry("b") != nil {
		t.Errorf("the session is\n%s", view(s))
	}
}

func TestOrderRevisionsRiseByOne(t *testing.T) {
	s := model.NewSession(roomy)
	steps := []struct {
		name     string
		mutation model.Mutation
		revision uint64
	}{
		{"join begins at none", join("ann", at), 0},
		{"set", set("ann", "a", "1"), 1},
		{"join takes none", join("bob", at), 1},
		{"set again", set("bob", "a", "1"), 2},
		{"several are one", set("ann", "b", "1", "c", "1", "d", "1"), 3},
		{"remove", remove("ann", "a"), 4},
		{"remove of nothing takes none", remove("ann", "a"), 4},
		{"several removed are one", remove("ann", "b", "c"), 5},
		{"leave takes none", leave("bob"), 5},
		{"set after leave", set("ann", "a", "1"), 6},
		{"last leave ends", leave("ann"), 0},
		{"next session begins at none", join("ann", at), 0},
		{"its first", set("ann", "a", "1"), 1},
	}
	for _, step := range steps {
		do(t, s, step.mutation)
		if got := s.Position().Revision; got != step.revision {
			t.Fatalf("after %q the revision is %d, want %d", step.name, got, step.revision)
		}
	}
}

func TestWriteWithoutMembershipIsUnauthorized(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	do(t, s, set("bob", "a", "1"))
	do(t, s, leave("bob"))
	for name, write := range map[string]model.Write{
		"set by one who left":          set("bob", "a", "2"),
		"remove by one who left":       remove("bob", "a"),
		"remove of nothing":            remove("bob", "none"),
		"set by one who was never":     set("eve", "a", "2"),
		"set by nobody":                set("", "a", "2"),
		"before its condition is seen": given(t, set("bob", "a", "2"), "", "*"),
	} {
		t.Run(name, func(t *testing.T) {
			if refusal := refuse(t, s, write, model.Unauthorized); refusal.Current != nil {
				t.Error("a stranger is shown the entry")
			}
		})
	}
	refuse(t, model.NewSession(roomy), set("ann", "a", "1"), model.Unauthorized)
	wantEntry(t, s, "a", `{"key":"a","value":1,"revision":1,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"bob"}`)
}

func wantEntry(t *testing.T, s *model.Session, key, want string) {
	t.Helper()
	entry := s.Entry(key)
	if entry == nil {
		t.Fatalf("there is no %q, want %s", key, want)
	}
	if got := string(entry.AppendJSON(nil)); got != want {
		t.Errorf("%q is\n%s\nwant\n%s", key, got, want)
	}
}

package model_test

import (
	"slices"
	"testing"

	"session-store/model"
)

// patch sets key, value, key, value ... and removes what is named.
func patch(by string, removed []string, pairs ...string) model.Write {
	w := set(by, pairs...)
	w.Remove = removed
	return w
}

func TestPatchIsOneChange(t *testing.T) {
	tests := []struct {
		name    string
		write   model.Write
		set     []string
		removed []string
		created int
	}{
		{"set two", patch("ann", nil, "x", "1", "a", "2"), []string{"x", "a"}, nil, 1},
		{"remove two", patch("ann", []string{"b", "a"}), nil, []string{"a", "b"}, 0},
		{"both", patch("ann", []string{"a"}, "x", "1", "y", "1"), []string{"x", "y"}, []string{"a"}, 2},
		{"remove one that is not there", patch("ann", []string{"none"}, "a", "2"), []string{"a"}, nil, 0},
		{"remove the same twice", patch("ann", []string{"a", "b", "a"}), nil, []string{"a", "b"}, 0},
		{"in a full session, one for the other", patch("ann", []string{"a", "b"}, "x", "1", "y", "1"), []string{"x", "y"}, []string{"a", "b"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limits := model.Limits{ValueBytes: 4, Keys: 4, TotalBytes: 8}
			s := began(t, limits, "ann")
			do(t, s, set("ann", "a", "0", "b", "0"))
			change := do(t, s, tt.write)
			if change.Revision != 2 || s.Position().Revision != 2 || change.Created != tt.created {
				t.Errorf("the change is %+v", change)
			}
			var removed []string
			for _, removal := range change.Removed {
				removed = append(removed, removal.Key)
				if removal.Reason != model.Deleted || removal.Revision != 2 || s.Entry(removal.Key) != nil {
					t.Errorf("removed: %+v", removal)
				}
			}
			for _, entry := range change.Set {
				if entry.Revision != 2 || s.Entry(entry.Key) != entry {
					t.Errorf("set: %+v", entry)
				}
			}
			slices.Sort(removed)
			if !slices.Equal(keysOf(change.Set), tt.set) || !slices.Equal(removed, tt.removed) {
				t.Errorf("set %v, removed %v", keysOf(change.Set), removed)
			}
		})
	}
}

func TestPatchOfNothingIsNothing(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "0"))
	nothing(t, s, patch("ann", nil))
	nothing(t, s, patch("ann", []string{"x", "y"}))
}

func TestRefusedPatchIsRefusedWhole(t *testing.T) {
	conditional := func(w model.Write) model.Write { return given(t, w, "*", "") }
	tests := []struct {
		name  string
		write model.Write
		code  model.Code
	}{
		{"a key twice", patch("ann", nil, "x", "1", "x", "2"), model.InvalidRequest},
		{"the same twice", patch("ann", nil, "x", "1", "y", "1", "x", "1"), model.InvalidRequest},
		{"set and removed", patch("ann", []string{"a"}, "x", "1", "a", "1"), model.InvalidRequest},
		{"set and removed, not there", patch("ann", []string{"x"}, "x", "1"), model.InvalidRequest},
		{"one value too large", patch("ann", []string{"a"}, "x", "1", "y", "12345"), model.ValueTooLarge},
		{"a key too many", patch("ann", nil, "x", "1", "y", "1"), model.TooManyKeys},
		{"a key too many, though one goes", patch("ann", []string{"a"}, "x", "1", "y", "1", "z", "1"), model.TooManyKeys},
		{"a key too many, for what goes is not there", patch("ann", []string{"none"}, "x", "1", "y", "1"), model.TooManyKeys},
		{"a byte too many", patch("ann", nil, "a", "1234", "b", "123"), model.StoreFull},
		{"a condition on two", conditional(patch("ann", nil, "a", "1", "b", "1")), model.InvalidRequest},
		{"a condition on two to remove", conditional(patch("ann", []string{"a", "b"})), model.InvalidRequest},
		{"a condition on one of each", conditional(patch("ann", []string{"a"}, "b", "1")), model.InvalidRequest},
		{"a condition on nothing", conditional(patch("ann", nil)), model.InvalidRequest},
		{"nobody's", patch("eve", nil, "x", "1"), model.Unauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := began(t, model.Limits{ValueBytes: 4, Keys: 3, TotalBytes: 8}, "ann")
			do(t, s, set("ann", "a", "0", "b", "0"))
			refuse(t, s, tt.write, tt.code)
		})
	}
}

// One key that stands there twice to be removed is one key.
func TestPatchConditionOnOneKeyNamedTwice(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "0"))
	do(t, s, given(t, patch("ann", []string{"a", "a"}), `"s1-1"`, ""))
}

// What the caller holds is its own: a write that is decided again must be the
// same.
func TestDecideLeavesTheWriteAsItWas(t *testing.T) {
	s := began(t, roomy, "ann")
	w := patch("ann", []string{"z", "y", "z", "a"}, "x", "1", "b", "2")
	do(t, s, w)
	if !slices.Equal(w.Remove, []string{"z", "y", "z", "a"}) || w.Set[0].Key != "x" || w.Set[1].Key != "b" {
		t.Errorf("the write is now %+v", w)
	}
}

// A condition goes with one key: who sends one for more is told which header it was.
func TestRefusedConditionOfSeveralKeysIsNamed(t *testing.T) {
	for field, write := range map[string]model.Write{
		"If-Match":      given(t, remove("ann", "a", "b"), "*", ""),
		"If-None-Match": given(t, remove("ann", "a", "b"), "", "*"),
	} {
		err := refuse(t, began(t, roomy, "ann"), write, model.InvalidRequest)
		if len(err.Fields) != 1 || err.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

package model_test

import (
	"strings"
	"testing"

	"session-store/model"
)

// now is a session with an entry a at s1-3, an entry b at s1-2, and a removed key
// gone, which stood at s1-1.
func now(t *testing.T) *model.Session {
	t.Helper()
	s := began(t, model.Limits{ValueBytes: 10, Keys: 3, TotalBytes: 20}, "ann")
	do(t, s, set("ann", "gone", "1"))
	change := set("ann", "b", "2")
	change.Remove = []string{"gone"}
	do(t, s, change)
	do(t, s, set("ann", "a", "3"))
	return s
}

func TestConditionsOnWrites(t *testing.T) {
	tests := []struct {
		name, ifMatch, ifNoneMatch, key string
		want                            bool
	}{
		{"must exist, does", "*", "", "a", true},
		{"must exist, never did", "*", "", "none", false},
		{"must exist, is gone", "*", "", "gone", false},
		{"must not exist, does", "", "*", "a", false},
		{"must not exist, never did", "", "*", "none", true},
		{"must not exist, is gone", "", "*", "gone", true},
		{"its position", `"s1-3"`, "", "a", true},
		{"its position in a list", `"s1-9", "s1-3"`, "", "a", true},
		{"an older position", `"s1-2"`, "", "a", false},
		{"a newer position", `"s1-4"`, "", "a", false},
		{"position of another key's change", `"s1-3"`, "", "b", false},
		{"own position, older than the session's", `"s1-2"`, "", "b", true},
		{"position in another session", `"s0-3"`, "", "a", false},
		{"weak", `W/"s1-3"`, "", "a", false},
		{"position of a key that never was", `"s1-3"`, "", "none", false},
		{"position that a gone key had", `"s1-1"`, "", "gone", false},
		{"position that removed the key", `"s1-2"`, "", "gone", false},
		{"not this position, is", "", `"s1-3"`, "a", false},
		{"not this position, weak, is", "", `W/"s1-3"`, "a", false},
		{"not this position, is another", "", `"s1-2"`, "a", true},
		{"not this position, not there", "", `"s1-3"`, "none", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, write := range []model.Write{set("ann", tt.key, "7"), remove("ann", tt.key)} {
				s := now(t)
				write = given(t, write, tt.ifMatch, tt.ifNoneMatch)
				if tt.want {
					do(t, s, write)
					continue
				}
				refusal := refuse(t, s, write, model.PreconditionFailed)
				if refusal.Current != s.Entry(tt.key) {
					t.Errorf("current is %+v, want %+v", refusal.Current, s.Entry(tt.key))
				}
			}
		})
	}
}

// The answer to a refused write has all that a retry needs.
func TestRefusedByConditionSucceedsWithCurrent(t *testing.T) {
	s := now(t)
	refusal := refuse(t, s, given(t, set("ann", "a", "7"), `"s1-1"`, ""), model.PreconditionFailed)
	position := model.Position{Session: s.ID(), Revision: refusal.Current.Revision}
	do(t, s, given(t, set("ann", "a", "7"), position.ETag(), ""))
	if got := string(s.Entry("a").Value); got != "7" {
		t.Errorf("the value is %s", got)
	}
}

func TestRefusedChangesNothing(t *testing.T) {
	long := strings.Repeat("1", 11)
	both := set("ann", "a", "4", "c", long)
	both.Remove = []string{"b"}
	tests := []struct {
		name     string
		mutation model.Mutation
		code     model.Code
	}{
		{"join of a taken id", join("ann", at), model.Internal},
		{"write by a stranger", set("eve", "a", "4"), model.Unauthorized},
		{"value too large", set("ann", "a", long), model.ValueTooLarge},
		{"one of several values too large", both, model.ValueTooLarge},
		{"too many keys", set("ann", "c", "4", "d", "5"), model.TooManyKeys},
		{"too many bytes", set("ann", "a", "1234567890", "b", "123456789"), model.StoreFull},
		{"condition", given(t, set("ann", "a", "4"), "", "*"), model.PreconditionFailed},
		{"condition of a removal", given(t, remove("ann", "a"), `"s1-1"`, ""), model.PreconditionFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := now(t)
			refuse(t, s, tt.mutation, tt.code)
			// What comes after is what would have come without the refusal.
			twin := now(t)
			for _, session := range []*model.Session{s, twin} {
				do(t, session, remove("ann", "b"))
				do(t, session, set("ann", "a", "8"))
			}
			if got, want := view(s), view(twin); got != want {
				t.Errorf("later it is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Somebody who fails in several ways is told of the first in this order.
func TestOrderOfChecks(t *testing.T) {
	long := strings.Repeat("1", 11)
	stale := func(w model.Write) model.Write { return given(t, w, `"s1-1"`, "") }
	tests := []struct {
		name  string
		write model.Write
		code  model.Code
	}{
		{"who, before all else", stale(set("eve", "a", long)), model.Unauthorized},
		{"value, before the condition", stale(set("ann", "a", long)), model.ValueTooLarge},
		{"condition, before the keys", stale(set("ann", "d", "1")), model.PreconditionFailed},
		{"condition, before the bytes", stale(set("ann", "a", "1234567890")), model.PreconditionFailed},
		{"keys, before the bytes", set("ann", "d", "1234567890"), model.TooManyKeys},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := now(t)
			do(t, s, set("ann", "full", "12345678")) // 3 keys, 16 bytes
			refuse(t, s, tt.write, tt.code)
		})
	}
}

func TestConditionIsForOneKey(t *testing.T) {
	s := now(t)
	refuse(t, s, given(t, set("ann", "a", "7", "b", "8"), `"s1-1"`, ""), model.InvalidRequest)
	both := given(t, set("ann", "a", "9"), "*", "")
	both.Remove = []string{"b"}
	refuse(t, s, both, model.InvalidRequest)
	refuse(t, s, given(t, model.Write{By: "ann"}, "*", ""), model.InvalidRequest)
}

func TestConditionalRemoveOfMissingKey(t *testing.T) {
	s := now(t)
	nothing(t, s, given(t, remove("ann", "none"), "", "*"))
	nothing(t, s, given(t, remove("ann", "gone"), "", `"s1-1"`))
}

package model_test

import (
	"slices"
	"testing"

	"session-store/model"
)

// ephemeral lets all that the write sets go with its peer.
func ephemeral(w model.Write) model.Write {
	w.Set = slices.Clone(w.Set)
	for i := range w.Set {
		w.Set[i].Ephemeral = true
	}
	return w
}

func TestEphemeralShowsAndIsClearedByALaterWrite(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	do(t, s, ephemeral(lasting(set("ann", "a", "1"), 1000)))
	wantEntry(t, s, "a", `{"key":"a","value":1,"revision":1,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann","expires_at":"2023-11-14T22:13:21.000Z","ephemeral":true}`)
	do(t, s, set("ann", "a", "2"))
	wantEntry(t, s, "a", `{"key":"a","value":2,"revision":2,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann"}`)
	if got := gone(do(t, s, leave("ann"))); got != "ann left left, " {
		t.Errorf("it goes: %s", got)
	}
}

func TestEphemeralGoesWithTheOneWhoWroteItLast(t *testing.T) {
	tests := []struct {
		name   string
		writes []model.Write
		leaves string
		want   string
	}{
		{"its owner", []model.Write{ephemeral(set("ann", "a", "1"))}, "ann", "ann left left, a owner_left@2, "},
		{"another peer", []model.Write{ephemeral(set("ann", "a", "1"))}, "bob", "bob left left, "},
		{"the owner before", []model.Write{ephemeral(set("ann", "a", "1")), ephemeral(set("bob", "a", "2"))}, "ann", "ann left left, "},
		{"who took it over", []model.Write{ephemeral(set("ann", "a", "1")), ephemeral(set("bob", "a", "2"))}, "bob", "bob left left, a owner_left@3, "},
		{"who made it lasting", []model.Write{ephemeral(set("ann", "a", "1")), set("bob", "a", "2")}, "bob", "bob left left, "},
		{"the owner of one that was made lasting", []model.Write{ephemeral(set("ann", "a", "1")), set("bob", "a", "2")}, "ann", "ann left left, "},
		{"the owner of one that an admin wrote", []model.Write{ephemeral(set("ann", "a", "1")), by("backend", set("", "a", "2"))}, "ann", "ann left left, "},
		{"its other entries stay", []model.Write{ephemeral(set("ann", "b", "1", "a", "1")), set("ann", "c", "1")}, "ann", "ann left left, a owner_left@3, b owner_left@3, "},
		{"one that is long past its time", []model.Write{ephemeral(lasting(set("ann", "a", "1"), 1))}, "ann", "ann left left, a owner_left@2, "},
		{"one that is long past its time, of another", []model.Write{lasting(set("bob", "a", "1"), 1)}, "ann", "ann left left, "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := began(t, roomy, "ann", "bob", "cat")
			for _, w := range tt.writes {
				do(t, s, w)
			}
			m := leave(tt.leaves)
			m.At = at + 60_000
			if got := gone(do(t, s, m)); got != tt.want {
				t.Errorf("it goes: %s, want %s", got, tt.want)
			}
		})
	}
}

// All that one cause changes is one change, under one revision.
func TestEphemeralEntriesOfAllWhoLeaveGoInOneChange(t *testing.T) {
	for _, reason := range []model.Reason{model.Left, model.TimedOut, model.Kicked} {
		t.Run(string(reason), func(t *testing.T) {
			s := began(t, roomy, "ann", "bob", "cat")
			do(t, s, ephemeral(set("ann", "z", "1", "a", "1", "m", "1")))
			do(t, s, ephemeral(set("bob", "b", "1")))
			do(t, s, ephemeral(set("cat", "c", "1")))
			m := leave("bob", "nobody", "ann", "bob")
			m.Reason = reason
			change := do(t, s, m)
			want := "ann left " + string(reason) + ", bob left " + string(reason) +
				", a owner_left@4, b owner_left@4, m owner_left@4, z owner_left@4, "
			if gone(change) != want || change.Revision != 4 {
				t.Errorf("it goes: %s, want %s", gone(change), want)
			}
			if got := keysOf(s.Entries(model.AllKeys())); len(got) != 1 || got[0] != "c" {
				t.Errorf("it stays: %v", got)
			}
		})
	}
}

func TestEphemeralEntriesGoWithTheSessionWithoutAWord(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	do(t, s, ephemeral(set("ann", "a", "1")))
	do(t, s, lasting(set("bob", "b", "1"), 1))
	change := do(t, s, leave("ann", "bob"))
	if !change.Ends || gone(change) != "ann left left, bob left left, " || change.Revision != 2 {
		t.Errorf("the change is %+v", change)
	}
	if got, want := view(s), view(model.NewSession(roomy)); got != want {
		t.Errorf("it left behind\n%s\nwant\n%s", got, want)
	}
}

// A lock: the first one has it, the next one when the first has gone.
func TestEphemeralEntryIsALock(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	take := func(peer string) model.Write { return given(t, ephemeral(set(peer, "lock", "1")), "", "*") }
	do(t, s, take("ann"))
	if refusal := refuse(t, s, take("bob"), model.PreconditionFailed); refusal.Current.UpdatedBy != "ann" {
		t.Errorf("current is %+v", refusal.Current)
	}
	refuse(t, s, take("ann"), model.PreconditionFailed)
	refuse(t, s, given(t, remove("bob", "lock"), `"s1-9"`, ""), model.PreconditionFailed)
	do(t, s, leave("ann"))
	do(t, s, take("bob"))
	do(t, s, given(t, remove("bob", "lock"), `"s1-3"`, ""))
}

package model_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"session-store/model"
)

// lasting lets all that the write sets go after some milliseconds.
func lasting(w model.Write, milliseconds int) model.Write {
	w.Set = slices.Clone(w.Set)
	for i := range w.Set {
		w.Set[i].TTL = time.Duration(milliseconds) * time.Millisecond
	}
	return w
}

func expire(at model.Time) model.Expire { return model.Expire{At: at} }

// until is the grants of a peer that may do everything up to a moment.
func until(at model.Time) *model.Grants {
	return &model.Grants{Read: model.AllKeys(), Write: model.AllKeys(), Expires: at}
}

// gone is what the change removes, as text.
func gone(change *model.Change) (text string) {
	if change == nil {
		return "nothing"
	}
	for _, departure := range change.Left {
		text += fmt.Sprintf("%s left %s, ", departure.Peer, departure.Reason)
	}
	for _, removal := range change.Removed {
		text += fmt.Sprintf("%s %s@%d, ", removal.Key, removal.Reason, removal.Revision)
	}
	return text
}

func TestTTLShowsAndIsClearedByALaterWrite(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, lasting(set("ann", "a", "1"), 1500))
	wantEntry(t, s, "a", `{"key":"a","value":1,"revision":1,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann","expires_at":"2023-11-14T22:13:21.500Z"}`)
	do(t, s, set("ann", "a", "2"))
	wantEntry(t, s, "a", `{"key":"a","value":2,"revision":2,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann"}`)
	nothing(t, s, expire(at+1_000_000))
}

func TestTTLIsGivenAnewByALaterWrite(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, lasting(set("ann", "a", "1"), 1000))
	later := lasting(set("ann", "a", "2"), 1000)
	later.At += 600
	do(t, s, later)
	nothing(t, s, expire(at+1599))
	if got := gone(do(t, s, expire(at+1600))); got != "a expired@3, " {
		t.Errorf("it goes: %s", got)
	}
}

func TestExpire(t *testing.T) {
	tests := []struct {
		name string
		at   model.Time
		want string
		ends bool
	}{
		{"a millisecond too soon", at + 999, "nothing", false},
		{"at its time", at + 1000, "a expired@2, b expired@2, ", false},
		{"long after it: all of it in one change", at + 4999, "a expired@2, b expired@2, c expired@2, ", false},
		{"with a peer: what is the peer's, under one revision", at + 5000, "bob left expired, a expired@2, b expired@2, c expired@2, own owner_left@2, ", false},
		{"with the last peer: without a word about each", at + 6000, "ann left expired, bob left expired, ", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := model.NewSession(roomy)
			do(t, s, granted("ann", until(at+6000)))
			do(t, s, granted("bob", until(at+5000)))
			w := lasting(set("bob", "a", "1", "b", "1", "c", "1", "own", "1", "stays", "1"), 1000)
			w.Set[2].TTL = 2 * time.Second
			w.Set[3].TTL, w.Set[3].Ephemeral = time.Hour, true
			w.Set[4].TTL = 0
			do(t, s, w)
			change, err := s.Decide(expire(tt.at))
			if err != nil || gone(change) != tt.want {
				t.Fatalf("%s goes, want %s (%v)", gone(change), tt.want, err)
			}
			if change == nil {
				return
			}
			s.Apply(change)
			if change.Ends != tt.ends || (s.ID() == "") != tt.ends {
				t.Errorf("the session ends: %v", change.Ends)
			}
			nothing(t, s, expire(tt.at))
		})
	}
}

// A peer whose grants have ended takes its ephemeral entries along; an entry that
// expires at the same moment has expired.
func TestExpireOfAnEphemeralEntryAndItsOwner(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, granted("bob", until(at+1000)))
	do(t, s, ephemeral(lasting(set("bob", "both", "1"), 1000)))
	do(t, s, ephemeral(set("bob", "own", "1")))
	want := "bob left expired, both expired@3, own owner_left@3, "
	if got := gone(do(t, s, expire(at+1000))); got != want {
		t.Errorf("it goes: %s, want %s", got, want)
	}
}

func TestExpireOfNobodyTakesNoRevision(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, granted("bob", until(at+1000)))
	change := do(t, s, expire(at+1000))
	if gone(change) != "bob left expired, " || change.Revision != 0 || change.Touches() {
		t.Errorf("the change is %+v", change)
	}
	nothing(t, model.NewSession(roomy), expire(at))
}

func TestDue(t *testing.T) {
	s := model.NewSession(roomy)
	steps := []struct {
		name string
		do   model.Mutation
		want model.Time
	}{
		{"a peer without grants", join("ann", at), 0},
		{"grants without an end", granted("eve", grant(nil, nil)), 0},
		{"an entry without ttl", set("ann", "a", "1"), 0},
		{"grants that end", granted("bob", until(at+5000)), at + 5000},
		{"an entry that goes later", lasting(set("ann", "a", "1"), 9000), at + 5000},
		{"an entry that goes before", lasting(set("ann", "b", "1"), 1000), at + 1000},
		{"it is written again without ttl", set("ann", "b", "1"), at + 5000},
		{"the peer leaves", leave("bob"), at + 9000},
		{"the entry is removed", remove("ann", "a"), 0},
		{"all leave", leave("ann", "eve"), 0},
	}
	for _, step := range steps {
		do(t, s, step.do)
		if got := s.Due(); got != step.want {
			t.Errorf("%s: due %d, want %d", step.name, got, step.want)
		}
	}
}

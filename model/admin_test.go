package model_test

import (
	"testing"

	"session-store/model"
)

// by is the write of an admin that is no peer.
func by(name string, w model.Write) model.Write {
	w.By, w.As = name, &model.Grants{Subject: name, Admin: true}
	return w
}

func TestAdminWritesWithoutAPeer(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1"))
	change := do(t, s, by("backend", set("", "a", "2", "b", "3")))
	if change.Created != 1 || change.Revision != 2 {
		t.Errorf("the change is %+v", change)
	}
	if entry := s.Entry("b"); entry == nil || entry.UpdatedBy != "backend" {
		t.Errorf("the entry is %+v", entry)
	}
	do(t, s, given(t, by("backend", remove("", "a")), `"s1-2"`, ""))
	refusal := refuse(t, s, given(t, by("backend", set("", "b", "4")), "", "*"), model.PreconditionFailed)
	if refusal.Current != s.Entry("b") {
		t.Errorf("current is %+v", refusal.Current)
	}
	if s.PeerCount() != 1 {
		t.Errorf("%d peers, want 1: an admin is none", s.PeerCount())
	}
}

func TestAdminFindsNoSession(t *testing.T) {
	s := model.NewSession(roomy)
	refuse(t, s, by("backend", set("", "a", "1")), model.RoomNotFound)
	refuse(t, s, by("backend", remove("", "a")), model.RoomNotFound)
	do(t, s, join("ann", at))
	do(t, s, leave("ann"))
	refuse(t, s, by("backend", set("", "a", "1")), model.RoomNotFound)
}

func TestAdminKeepsTheLimits(t *testing.T) {
	s := began(t, model.Limits{ValueBytes: 3, Keys: 1, TotalBytes: 10}, "ann")
	refuse(t, s, by("backend", set("", "a", `"xx"`)), model.ValueTooLarge)
	refuse(t, s, by("backend", set("", "a", "1", "b", "2")), model.TooManyKeys)
}

// An entry that goes with its owner would stay for ever if the owner is not there.
func TestAdminOwnsNoEphemeralEntries(t *testing.T) {
	s := began(t, roomy, "ann")
	w := ephemeral(by("backend", set("", "a", "1")))
	refusal := refuse(t, s, w, model.InvalidRequest)
	if len(refusal.Fields) != 1 || refusal.Fields[0].Field != "ephemeral" {
		t.Errorf("the fields at fault are %+v", refusal.Fields)
	}
	do(t, s, lasting(by("backend", set("", "a", "1")), 5000))
	do(t, s, granted("bob", &model.Grants{Admin: true}))
	do(t, s, ephemeral(set("bob", "b", "1"))) // this one has joined
	change := do(t, s, leave("bob"))
	if len(change.Removed) != 1 || change.Removed[0].Key != "b" {
		t.Errorf("with it went %+v", change.Removed)
	}
}

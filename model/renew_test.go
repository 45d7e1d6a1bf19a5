package model_test

import (
	"testing"

	"session-store/model"
)

func renew(peer, subject string, grants *model.Grants) model.Renew {
	if grants != nil {
		grants.Subject = subject
	}
	return model.Renew{Peer: peer, Name: "Anna", Role: "host", Grants: grants, At: at + 50}
}

// of is grants for everything of a subject.
func of(subject string) *model.Grants {
	return &model.Grants{Subject: subject, Read: model.AllKeys(), Write: model.AllKeys()}
}

func TestRenew(t *testing.T) {
	s := model.NewSession(roomy)
	do(t, s, granted("ann", of("u1")))
	do(t, s, set("ann", "a", "1"))
	do(t, s, ephemeral(set("ann", "own", "1")))
	old := *s.Peer("ann")

	change := do(t, s, renew("ann", "u1", grant([]string{"b"}, []string{"b"})))
	if change.Touches() || change.Revision != 2 || change.Begins || len(change.Joined) != 1 || len(change.Left) != 0 {
		t.Errorf("the change is %+v", change)
	}
	now := s.Peer("ann")
	if now.Name != "Anna" || now.Role != "host" || now.Renewed != 3 {
		t.Errorf("the peer is %+v", now)
	}
	if now.ID != old.ID || now.Token != old.Token || now.JoinedAt != old.JoinedAt || s.PeerCount() != 1 {
		t.Errorf("the peer was %+v, is %+v", old, now)
	}
	if old.Renewed != 0 || old.Name != "ANN" {
		t.Errorf("a list of before has changed: %+v", old)
	}
	refuse(t, s, set("ann", "a", "2"), model.Forbidden)
	do(t, s, set("ann", "b", "2"))
	do(t, s, join("bob", at))
	if got := gone(do(t, s, leave("ann"))); got != "ann left left, own owner_left@4, " {
		t.Errorf("what it wrote before is its own no more: %s", got)
	}
}

func TestRenewMovesTheEnd(t *testing.T) {
	s := began(t, roomy, "bob")
	do(t, s, granted("ann", until(at+1000)))
	do(t, s, renew("ann", "", until(at+9000)))
	nothing(t, s, expire(at+8999))
	if got := gone(do(t, s, expire(at+9000))); got != "ann left expired, " {
		t.Errorf("it goes: %s", got)
	}
}

func TestRefusedRenew(t *testing.T) {
	tests := []struct {
		name  string
		had   *model.Grants
		renew model.Renew
		code  model.Code // empty: it is done
	}{
		{"the same subject", of("u1"), renew("ann", "u1", of("")), ""},
		{"no subject, twice", of(""), renew("ann", "", of("")), ""},
		{"no grants, then without a subject", nil, renew("ann", "", of("")), ""},
		{"another subject", of("u1"), renew("ann", "u2", of("")), model.Forbidden},
		{"a subject where there was none", of(""), renew("ann", "u1", of("")), model.Forbidden},
		{"none where there was a subject", of("u1"), renew("ann", "", of("")), model.Forbidden},
		{"no grants where there was a subject", of("u1"), renew("ann", "", nil), model.Forbidden},
		{"another subject, an admin", of("u1"), renew("ann", "u2", &model.Grants{Admin: true}), model.Forbidden},
		{"nobody", of("u1"), renew("eve", "u1", of("")), model.Unauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := model.NewSession(roomy)
			do(t, s, granted("ann", tt.had))
			if tt.code == "" {
				do(t, s, tt.renew)
				return
			}
			refuse(t, s, tt.renew, tt.code)
		})
	}
}

// Renewing twice: who was told something between the two knows less than what may
// be seen now as well.
func TestRenewTwice(t *testing.T) {
	s := model.NewSession(roomy)
	do(t, s, granted("ann", of("u1")))
	do(t, s, renew("ann", "u1", of("")))
	do(t, s, set("ann", "a", "1"))
	do(t, s, set("ann", "a", "2"))
	do(t, s, renew("ann", "u1", of("")))
	if got := s.Peer("ann").Renewed; got != 3 {
		t.Errorf("renewed at %d, want 3", got)
	}
}

func TestRefusedJoinOfAFullRoom(t *testing.T) {
	limits := roomy
	limits.Peers = 2
	s := began(t, limits, "ann", "bob")
	refuse(t, s, join("cat", at), model.Unavailable)
	do(t, s, renew("ann", "", nil)) // who is in it stays
	do(t, s, leave("ann"))
	do(t, s, join("cat", at))
	refuse(t, s, join("dan", at), model.Unavailable)
	do(t, s, leave("bob", "cat"))
	next := join("ann", at)
	next.Session = "s2"
	do(t, s, next)
}

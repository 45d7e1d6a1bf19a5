package model_test

import (
	"testing"

	"session-store/model"
)

func TestRoomWithoutSession(t *testing.T) {
	s := model.NewSession(model.DefaultLimits())
	if s.ID() != "" || s.PeerCount() != 0 || s.Position() != (model.Position{}) || s.CreatedAt() != 0 {
		t.Errorf("a room without a session is\n%s", view(s))
	}
	if keys, bytes := s.Size(); keys != 0 || bytes != 0 {
		t.Errorf("it holds %d keys, %d bytes", keys, bytes)
	}
	if s.Peer("ann") != nil || s.Entry("a") != nil {
		t.Error("somebody or something is there")
	}
	if s.Limits() != model.DefaultLimits() {
		t.Errorf("its limits are %+v", s.Limits())
	}
}

func TestDefaultLimits(t *testing.T) {
	if want := (model.Limits{ValueBytes: 1024, Keys: 100, TotalBytes: 65536}); model.DefaultLimits() != want {
		t.Errorf("the limits are %+v, want %+v", model.DefaultLimits(), want)
	}
}

func TestFirstJoinBeginsSession(t *testing.T) {
	s := model.NewSession(roomy)
	change := do(t, s, join("ann", at))
	if !change.Begins || change.Ends || change.Touches() || change.Session != "s1" || change.Revision != 0 || change.CreatedAt != at {
		t.Errorf("the change is %+v", change)
	}
	if s.ID() != "s1" || s.CreatedAt() != at || s.PeerCount() != 1 {
		t.Errorf("the session is\n%s", view(s))
	}
	want := model.Peer{ID: "ann", Name: "ANN", JoinedAt: at, Token: model.TokenHash{3, 1, 2}}
	if peer := s.Peer("ann"); peer == nil || *peer != want {
		t.Errorf("the peer is %+v, want %+v", peer, want)
	}
}

func TestSecondJoinKeepsSession(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1"))
	second := join("bob", at+5)
	second.Session = "s2"
	change := do(t, s, second)
	if change.Begins || change.Session != "s1" || change.Revision != 1 || len(change.Joined) != 1 {
		t.Errorf("the change is %+v", change)
	}
	if s.ID() != "s1" || s.CreatedAt() != at || s.PeerCount() != 2 || s.Entry("a") == nil || s.Position().Revision != 1 {
		t.Errorf("the session is\n%s", view(s))
	}
}

func TestPeersOldestFirst(t *testing.T) {
	s := model.NewSession(roomy)
	for _, id := range []string{"dan", "cat"} {
		do(t, s, join(id, at+1))
	}
	do(t, s, join("bob", at+2))
	do(t, s, join("ann", at+3))
	do(t, s, join("eve", at)) // a clock that went back
	want := []string{"eve", "cat", "dan", "bob", "ann"}
	peers := s.Peers()
	if len(peers) != len(want) {
		t.Fatalf("there are %d peers, want %d", len(peers), len(want))
	}
	for i, peer := range peers {
		if peer.ID != want[i] {
			t.Errorf("peer %d is %s, want %s", i, peer.ID, want[i])
		}
	}
}

func TestLeave(t *testing.T) {
	tests := []struct {
		name    string
		leavers []string
		left    []string // in order
		ends    bool
	}{
		{"one", []string{"bob"}, []string{"bob"}, false},
		{"several, the oldest first", []string{"cat", "ann"}, []string{"ann", "cat"}, false},
		{"all", []string{"ann", "bob", "cat"}, []string{"ann", "bob", "cat"}, true},
		{"one twice", []string{"ann", "ann"}, []string{"ann"}, false},
		{"one as often as there are peers", []string{"ann", "ann", "ann"}, []string{"ann"}, false},
		{"one and unknown ones", []string{"x", "ann", "y"}, []string{"ann"}, false},
		{"all and unknown ones", []string{"x", "cat", "ann", "ann", "bob"}, []string{"ann", "bob", "cat"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := began(t, roomy, "ann", "bob", "cat")
			do(t, s, set("ann", "a", "1"))
			change := do(t, s, model.Leave{Peers: tt.leavers, Reason: model.TimedOut, At: at})
			if change == nil || change.Touches() || change.Revision != 1 || change.Ends != tt.ends || change.Begins {
				t.Fatalf("the change is %+v", change)
			}
			if len(change.Left) != len(tt.left) {
				t.Fatalf("%+v left, want %s", change.Left, tt.left)
			}
			for i, departure := range change.Left {
				if departure != (model.Departure{Peer: tt.left[i], Reason: model.TimedOut}) {
					t.Errorf("%+v left, want %s", departure, tt.left[i])
				}
				if s.Peer(departure.Peer) != nil {
					t.Errorf("%s is still there", departure.Peer)
				}
			}
			if tt.ends {
				if got, want := view(s), view(model.NewSession(roomy)); got != want {
					t.Errorf("the last leave left behind\n%s\nwant\n%s", got, want)
				}
			} else if s.PeerCount() != 3-len(tt.left) || s.Entry("a") == nil {
				t.Errorf("the session is\n%s", view(s))
			}
		})
	}
}

func TestLeaveOfNobodyIsNothing(t *testing.T) {
	s := began(t, roomy, "ann")
	nothing(t, s, leave())
	nothing(t, s, leave("bob"))
	nothing(t, s, leave("", "bob", "bob"))
	nothing(t, model.NewSession(roomy), leave("ann"))
	do(t, s, leave("ann"))
	nothing(t, s, leave("ann"))
}

// After the last leave nothing of the session can be found, not even by what
// stands in the next one under the same names.
func TestNextSessionKnowsNothingOfTheLast(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1", "b", "2"))
	do(t, s, remove("ann", "b"))
	do(t, s, leave("ann"))
	next := join("ann", at+9)
	next.Session = "s2"
	change := do(t, s, next)
	fresh := model.NewSession(roomy)
	fresh.Apply(change)
	if got, want := view(s), view(fresh); got != want {
		t.Errorf("the second session is\n%s\nwant\n%s", got, want)
	}
	if s.ID() != "s2" || s.Position().Revision != 0 || s.CreatedAt() != at+9 {
		t.Errorf("the second session is\n%s", view(s))
	}
	stale := given(t, set("ann", "a", "3"), `"s1-1"`, "")
	refuse(t, s, stale, model.PreconditionFailed)
}

func TestRefusedJoinOfTakenID(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "a", "1"))
	refuse(t, s, join("ann", at+1), model.Internal)
}

// What was read stays as it was when the session goes on: readers hold it without
// a lock.
func TestViewsStayAsTheyWere(t *testing.T) {
	s := began(t, roomy, "ann", "bob")
	do(t, s, set("ann", "a", "1", "b", "2"))
	entry, entries, peers := s.Entry("a"), s.Entries(model.AllKeys()), s.Peers()
	before := string(entry.AppendJSON(nil))
	do(t, s, set("bob", "a", "3", "c", "4"))
	do(t, s, remove("bob", "b"))
	do(t, s, leave("bob"))
	if got := string(entry.AppendJSON(nil)); got != before {
		t.Errorf("the entry became %s, was %s", got, before)
	}
	if len(entries) != 2 || entries[0] != entry || entries[1].Key != "b" || len(peers) != 2 || peers[1].ID != "bob" {
		t.Error("a list changed after it was read")
	}
}

func TestEntriesInOrderOfNames(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "b", "1", "é", "2", "a", "3", "B", "4", "ab", "5"))
	tests := []struct {
		name string
		keys model.Keys
		want string
	}{
		{"all", model.AllKeys(), "B a ab b é "},
		{"none", model.Keys{}, ""},
		{"some", model.NewKeys([]string{"b", "a*", "none"}), "a ab b "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, entry := range s.Entries(tt.keys) {
				got += entry.Key + " "
			}
			if got != tt.want {
				t.Errorf("the entries are %s, want %s", got, tt.want)
			}
		})
	}
}

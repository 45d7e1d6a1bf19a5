package model_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"session-store/model"
)

// at is when things happen here, unless it matters.
const at model.Time = 1_700_000_000_000

// roomy are limits that nothing here reaches.
var roomy = model.Limits{ValueBytes: 1 << 20, Keys: 1 << 20, TotalBytes: 1 << 30}

// began is a session of the peers, who have joined a millisecond apart.
func began(t testing.TB, limits model.Limits, peers ...string) *model.Session {
	t.Helper()
	s := model.NewSession(limits)
	for i, id := range peers {
		do(t, s, join(id, at+model.Time(i)))
	}
	return s
}

func join(id string, at model.Time) model.Join {
	peer := model.Peer{ID: id, Name: strings.ToUpper(id), Token: model.TokenHash{byte(len(id)), 1, 2}}
	return model.Join{Session: "s1", Peer: peer, At: at}
}

func leave(peers ...string) model.Leave {
	return model.Leave{Peers: peers, Reason: model.Left, At: at}
}

// set writes key, value, key, value ... in one change.
func set(by string, pairs ...string) model.Write {
	w := model.Write{By: by, At: at}
	for pair := range slices.Chunk(pairs, 2) {
		w.Set = append(w.Set, model.Assignment{Key: pair[0], Value: model.Value(pair[1])})
	}
	return w
}

func remove(by string, keys ...string) model.Write {
	return model.Write{By: by, Remove: keys, At: at}
}

// given is the write under a condition.
func given(t testing.TB, w model.Write, ifMatch, ifNoneMatch string) model.Write {
	t.Helper()
	w.If = condition(t, ifMatch, ifNoneMatch)
	return w
}

func condition(t testing.TB, ifMatch, ifNoneMatch string) model.Condition {
	t.Helper()
	c, err := model.ParseCondition(ifMatch, ifNoneMatch)
	if err != nil {
		t.Fatalf("ParseCondition(%q, %q): %v", ifMatch, ifNoneMatch, err)
	}
	return c
}

// do decides and applies. The change is nil when there is nothing to change.
func do(t testing.TB, s *model.Session, m model.Mutation) *model.Change {
	t.Helper()
	change, err := s.Decide(m)
	if err != nil {
		t.Fatalf("Decide(%+v): %v", m, err)
	}
	if change != nil {
		s.Apply(change)
	}
	return change
}

// refuse wants the code, no change, and a session that is as it was.
func refuse(t testing.TB, s *model.Session, m model.Mutation, code model.Code) *model.Error {
	t.Helper()
	before := view(s)
	change, err := s.Decide(m)
	refusal := wantCode(t, err, code)
	if change != nil {
		t.Errorf("Decide(%+v) refused and gave a change too: %+v", m, change)
	}
	if after := view(s); after != before {
		t.Errorf("Decide(%+v) refused and changed the session\nfrom\n%s\nto\n%s", m, before, after)
	}
	return refusal
}

// nothing wants neither a change nor a refusal.
func nothing(t testing.TB, s *model.Session, m model.Mutation) {
	t.Helper()
	if change, err := s.Decide(m); change != nil || err != nil {
		t.Errorf("Decide(%+v) = %+v, %v, want nothing", m, change, err)
	}
}

func wantCode(t testing.TB, err error, code model.Code) *model.Error {
	t.Helper()
	var refusal *model.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("the error is %v, want %s", err, code)
	}
	if refusal.Code != code {
		t.Errorf("the error is %v, want %s", err, code)
	}
	if refusal.Detail == "" {
		t.Errorf("%s has no detail", code)
	}
	return refusal
}

// view is all that can be seen of a session, as text: two sessions of one view
// are equal to everybody.
func view(s *model.Session) string {
	var b strings.Builder
	keys, bytes := s.Size()
	fmt.Fprintf(&b, "%q at %s since %d with %+v: %d keys, %d bytes\n",
		s.ID(), s.Position(), s.CreatedAt(), s.Limits(), keys, bytes)
	fmt.Fprintf(&b, "%d peers\n", s.PeerCount())
	for _, peer := range s.Peers() {
		fmt.Fprintf(&b, "  %+v %t\n", *peer, s.Peer(peer.ID) == peer)
	}
	for _, entry := range s.Entries(model.AllKeys()) {
		fmt.Fprintf(&b, "  %s %t\n", entry.AppendJSON(nil), s.Entry(entry.Key) == entry)
	}
	// All revisions of a short session, a few of a long one.
	last := s.Position().Revision
	for revision := uint64(0); revision <= last+1; revision += 1 + last/16 {
		writeSince(&b, s, revision)
	}
	writeSince(&b, s, last)
	return b.String()
}

func writeSince(b *strings.Builder, s *model.Session, revision uint64) {
	changed, removed, ok := s.Since(revision, model.AllKeys())
	fmt.Fprintf(b, "since %d: %t", revision, ok)
	for _, entry := range changed {
		fmt.Fprintf(b, " +%s@%d", entry.Key, entry.Revision)
	}
	for _, removal := range removed {
		fmt.Fprintf(b, " -%s@%d %s", removal.Key, removal.Revision, removal.Reason)
	}
	b.WriteByte('\n')
}

package model_test

import (
	"maps"

	"session-store/model"
)

// What is looked at after each step of a script of FuzzDecide.

func (g *game) checkRefusal(m model.Mutation, change *model.Change, err error) {
	g.t.Helper()
	if change != nil {
		g.t.Fatalf("Decide(%+v) refused and gave a change too", m)
	}
	refusal, isOurs := err.(*model.Error)
	if !isOurs {
		g.t.Fatalf("Decide(%+v): %v", m, err)
	}
	switch m := m.(type) {
	case model.Join:
		g.checkRefusedJoin(m, refusal)
	case model.Renew:
		g.checkRefusedRenew(m, refusal)
	case model.Write:
		g.checkRefusedWrite(m, refusal)
	default:
		g.t.Errorf("Decide(%+v): %v", m, err)
	}
}

func (g *game) checkRefusedJoin(m model.Join, refusal *model.Error) {
	g.t.Helper()
	taken, most := g.session.Peer(m.Peer.ID) != nil, g.session.Limits().Peers
	switch refusal.Code {
	case model.Internal:
		if !taken {
			g.t.Errorf("a join of a free id is refused: %v", refusal)
		}
	case model.Unavailable:
		if taken || most == 0 || g.session.PeerCount() < most {
			g.t.Errorf("%d peers of %d, and a join is refused: %v", g.session.PeerCount(), most, refusal)
		}
	default:
		g.t.Errorf("Decide(%+v): %v", m, refusal)
	}
}

func (g *game) checkRefusedRenew(m model.Renew, refusal *model.Error) {
	g.t.Helper()
	peer, code := g.session.Peer(m.Peer), model.Unauthorized
	if peer != nil {
		code = model.Forbidden
		if peer.Grants != nil && peer.Grants.Subject == m.Grants.Subject {
			g.t.Errorf("a renewal of the same subject is refused: %v", refusal)
		}
	}
	wantCode(g.t, refusal, code)
}

func (g *game) checkRefusedWrite(m model.Write, refusal *model.Error) {
	g.t.Helper()
	limits := g.session.Limits()
	member, grants := g.session.Peer(m.By) != nil, g.grantsOf(m)
	switch refusal.Code {
	case model.Unauthorized:
		if member || m.As != nil {
			g.t.Errorf("a peer of the session is refused: %v", refusal)
		}
	case model.RoomNotFound:
		if m.As == nil || g.session.ID() != "" {
			g.t.Errorf("there is a session, and %v", refusal)
		}
	case model.Forbidden:
		unread := m.If.Given() && !grants.MayRead(onlyKey(m))
		if mayWriteAll(grants, m) && !unread {
			g.t.Errorf("Decide(%+v) under %+v: %v", m, grants, refusal)
		}
	case model.InvalidRequest:
		if member || !m.Set[0].Ephemeral {
			g.t.Errorf("Decide(%+v): %v", m, refusal)
		}
	case model.PreconditionFailed:
		key := onlyKey(m)
		if refusal.Current != g.session.Entry(key) || !grants.MayRead(key) {
			g.t.Errorf("current of %q is %+v", key, refusal.Current)
		}
	case model.ValueTooLarge, model.TooManyKeys, model.StoreFull:
		limit := map[model.Code]int{
			model.ValueTooLarge: limits.ValueBytes, model.TooManyKeys: limits.Keys, model.StoreFull: limits.TotalBytes,
		}[refusal.Code]
		if refusal.Limit != limit || refusal.Actual <= limit {
			g.t.Errorf("%v: limit %d, actual %d, want limit %d", refusal, refusal.Limit, refusal.Actual, limit)
		}
	default:
		g.t.Errorf("Decide(%+v): %v", m, refusal)
	}
	if !member && m.As == nil && refusal.Code != model.Unauthorized {
		g.t.Errorf("a stranger is told %v", refusal)
	}
}

func onlyKey(w model.Write) string {
	if len(w.Set) == 1 {
		return w.Set[0].Key
	}
	return w.Remove[0]
}

func (g *game) checkRevision(change *model.Change) {
	g.t.Helper()
	now := g.session.Position()
	want := now.Revision
	if change.Touches() {
		want++
	}
	if change.Revision != want {
		g.t.Errorf("the revision was %d and is %d, want %d: %+v", now.Revision, change.Revision, want, change)
	}
	if change.Begins != (now.Session == "") || !change.Begins && change.Session != now.Session {
		g.t.Errorf("in session %q came %+v", now.Session, change)
	}
	for _, entry := range change.Set {
		if entry.Revision != change.Revision {
			g.t.Errorf("%q has revision %d, want %d", entry.Key, entry.Revision, change.Revision)
		}
	}
	for _, removal := range change.Removed {
		if removal.Revision != change.Revision {
			g.t.Errorf("%q went at revision %d, want %d", removal.Key, removal.Revision, change.Revision)
		}
	}
}

func (g *game) checkEqual(name string, other *model.Session) {
	g.t.Helper()
	if got, want := view(other), view(g.session); got != want {
		g.t.Fatalf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

func (g *game) checkLimits() {
	g.t.Helper()
	limits, total := g.session.Limits(), 0
	entries := g.session.Entries(model.AllKeys())
	for _, entry := range entries {
		total += len(entry.Key) + len(entry.Value)
		if len(entry.Value) > limits.ValueBytes {
			g.t.Errorf("%q holds %d bytes", entry.Key, len(entry.Value))
		}
	}
	keys, bytes := g.session.Size()
	if keys != len(entries) || bytes != total {
		g.t.Errorf("Size says %d keys, %d bytes, counted are %d and %d", keys, bytes, len(entries), total)
	}
	if keys > limits.Keys || bytes > limits.TotalBytes {
		g.t.Errorf("it holds %d keys, %d bytes, more than %+v", keys, bytes, limits)
	}
	if (g.session.ID() == "") != (g.session.PeerCount() == 0) {
		g.t.Errorf("session %q has %d peers", g.session.ID(), g.session.PeerCount())
	}
}

// checkReader is somebody who knows the keys as they were at a revision, and asks
// what has become of them.
func (g *game) checkReader(revision int, keys model.Matcher) {
	g.t.Helper()
	changed, removed, ok := g.session.Since(uint64(revision), keys)
	if !ok {
		if revision == len(g.past)-1 || len(g.gone) <= model.MaxRemovals {
			g.t.Errorf("Since(%d) at revision %d knows nothing, and only %d keys were removed", revision, len(g.past)-1, len(g.gone))
		}
		return
	}
	known := observed(g.past[revision], keys)
	for _, entry := range changed {
		if entry.Revision <= uint64(revision) || !keys.Match(entry.Key) {
			g.t.Errorf("Since(%d) of %v tells of %s at %d", revision, keys, entry.Key, entry.Revision)
		}
	}
	for _, removal := range removed {
		if removal.Revision <= uint64(revision) || !keys.Match(removal.Key) || g.session.Entry(removal.Key) != nil {
			g.t.Errorf("Since(%d) of %v tells that %s went at %d", revision, keys, removal.Key, removal.Revision)
		}
	}
	tell(known, changed, removed)
	want := map[string]string{}
	tell(want, g.session.Entries(keys), nil)
	if !maps.Equal(known, want) {
		g.t.Errorf("a reader of %v from revision %d holds\n%s\nwant\n%s", keys, revision, known, want)
	}
	if !maps.Equal(observed(g.past[len(g.past)-1], keys), want) {
		g.t.Errorf("the changes told %s, the entries are %s", g.past[len(g.past)-1], want)
	}
}

func observed(entries map[string]string, keys model.Matcher) map[string]string {
	seen := map[string]string{}
	for key, text := range entries {
		if keys.Match(key) {
			seen[key] = text
		}
	}
	return seen
}

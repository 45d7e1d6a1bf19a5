package model_test

import "session-store/model"

// What is looked at after each step of a script of FuzzDecide, about who may do
// what and about what goes by itself.

// grantsOf are those that the write is done under.
func (g *game) grantsOf(w model.Write) *model.Grants {
	if w.As != nil {
		return w.As
	}
	if peer := g.session.Peer(w.By); peer != nil {
		return peer.Grants
	}
	return nil
}

func mayWriteAll(grants *model.Grants, w model.Write) bool {
	for _, a := range w.Set {
		if !grants.MayWrite(a.Key) {
			return false
		}
	}
	for _, key := range w.Remove {
		if !grants.MayWrite(key) {
			return false
		}
	}
	return true
}

// checkOverdue wants that nothing is left after an Expire whose time is over, and
// that Due names the moment at which the next one goes.
func (g *game) checkOverdue(m model.Mutation) {
	g.t.Helper()
	if due := g.session.Due(); due != 0 {
		if change, _ := g.session.Decide(model.Expire{At: due - 1}); change != nil {
			g.t.Errorf("due at %d, and before it goes %s", due, gone(change))
		}
		if change, _ := g.session.Decide(model.Expire{At: due}); change == nil {
			g.t.Errorf("due at %d, and then nothing goes", due)
		}
	}
	e, isExpire := m.(model.Expire)
	if !isExpire {
		return
	}
	after := model.NewSession(g.session.Limits())
	after.Apply(g.session.Snapshot(g.now))
	if change, _ := after.Decide(e); change != nil {
		after.Apply(change)
	}
	if due := after.Due(); due != 0 && due <= e.At {
		g.t.Errorf("after an expiry at %d something was due at %d", e.At, due)
	}
}

// checkCause is asked before the change is applied: does it do what its cause
// allows, and no more.
func (g *game) checkCause(m model.Mutation, change *model.Change) {
	g.t.Helper()
	left := map[string]model.Reason{}
	for _, departure := range change.Left {
		left[departure.Peer] = departure.Reason
	}
	for _, removal := range change.Removed {
		entry := g.session.Entry(removal.Key)
		if entry == nil || !caused(m, entry, removal, left) {
			g.t.Errorf("%+v removes %+v as %s, and %v left", m, entry, removal.Reason, left)
		}
	}
	switch m := m.(type) {
	case model.Write:
		g.checkWritten(m, change)
	case model.Renew:
		old, now := g.session.Peer(m.Peer), change.Joined[0]
		if now.ID != old.ID || now.Token != old.Token || now.JoinedAt != old.JoinedAt || now.Renewed != change.Revision+1 {
			g.t.Errorf("%+v was renewed to %+v", old, now)
		}
	case model.Expire:
		for id, reason := range left {
			if grants := g.session.Peer(id).Grants; grants == nil || grants.Expires == 0 || grants.Expires > m.At || reason != model.Expired {
				g.t.Errorf("at %d %s left as %s, with %+v", m.At, id, reason, grants)
			}
		}
	}
}

// caused reports whether the entry had to go, and for this reason.
func caused(m model.Mutation, entry *model.Entry, removal model.Removal, left map[string]model.Reason) bool {
	switch removal.Reason {
	case model.Deleted:
		_, isWrite := m.(model.Write)
		return isWrite
	case model.Expired:
		e, isExpire := m.(model.Expire)
		return isExpire && entry.ExpiresAt != 0 && entry.ExpiresAt <= e.At
	case model.OwnerLeft:
		return entry.Ephemeral && left[entry.UpdatedBy] != ""
	}
	return false
}

func (g *game) checkWritten(m model.Write, change *model.Change) {
	g.t.Helper()
	grants, created := g.grantsOf(m), 0
	if !mayWriteAll(grants, m) {
		g.t.Errorf("%+v is done under %+v", m, grants)
	}
	for i, entry := range change.Set {
		a := m.Set[i]
		if grants.MayRead(entry.Key) && g.session.Entry(entry.Key) == nil {
			created++
		}
		expires := model.Time(0)
		if a.TTL > 0 {
			expires = m.At.Add(a.TTL)
		}
		if entry.ExpiresAt != expires || entry.Ephemeral != a.Ephemeral || entry.UpdatedBy != m.By {
			g.t.Errorf("%+v wrote %+v", a, entry)
		}
	}
	if change.Created != created {
		g.t.Errorf("%d keys are said to be new, %d are: %+v", change.Created, created, m)
	}
}

// checkOwners wants that no ephemeral entry has outlived its peer.
func (g *game) checkOwners() {
	g.t.Helper()
	for _, entry := range g.session.Entries(model.AllKeys()) {
		if entry.Ephemeral && g.session.Peer(entry.UpdatedBy) == nil {
			g.t.Errorf("%s is there without its owner", entry.AppendJSON(nil))
		}
	}
}

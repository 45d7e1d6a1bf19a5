package room

import (
	"context"
	"crypto/subtle"
	"errors"

	"session-store/model"
)

// Caller is a peer that has shown its token, or an admin whose application has
// signed that it is one. All calls on a room but the join are its methods. A peer
// that goes in the middle of a call is an Unauthorized error of that call.
type Caller struct {
	room *Room
	// peer is nil for an admin that is no peer; name and grants are then its own.
	peer   *model.Peer
	name   string
	grants *model.Grants
}

// join decides that there is a new peer.
func (r *Room) join(ctx context.Context, peer model.Peer) (*Caller, error) {
	if !r.leases.use() {
		return nil, errDead
	}
	w := &wish{mutation: model.Join{Session: r.registry.config.NewSessionID(), Peer: peer, At: r.now()}}
	if r.do(ctx, w); w.err != nil {
		return nil, w.err
	}
	return callerOf(r, w.change.Joined[0]), nil
}

func callerOf(r *Room, peer *model.Peer) *Caller {
	return &Caller{room: r, peer: peer, name: peer.ID, grants: peer.Grants}
}

// enter checks a token and is a sign of life. Before it says no, it asks the
// journal: another node may have let the peer in.
func (r *Room) enter(ctx context.Context, id string, token model.TokenHash) (*Caller, error) {
	caller := r.check(id, token)
	if caller == nil && !r.registry.nodes.alone() {
		if err := r.refresh(ctx); err != nil {
			return nil, err
		}
		caller = r.check(id, token)
	}
	switch {
	case caller != nil && !r.registry.nodes.answers(caller.peer.Node):
		// The others may take its node for gone, and the peer with it.
		return caller, caller.claim(ctx)
	case caller != nil:
		return caller, nil
	case !r.live.Load():
		return nil, errDead
	}
	return nil, model.Errorf(model.Unauthorized, "this token is not one of a peer of the room: join for a new one")
}

// claim makes this node the one that answers for the peer.
func (c *Caller) claim(ctx context.Context) error {
	c.room.mu.RLock()
	peer := c.room.session.Peer(c.name)
	c.room.mu.RUnlock()
	if peer != nil && peer.Node == c.room.registry.nodes.self {
		return nil
	}
	_, err := c.do(ctx, model.Answer{Peers: []string{c.name}, Node: c.room.registry.nodes.self, At: c.room.now()})
	return err
}

// check is nil for a token that this node knows no peer of.
func (r *Room) check(id string, token model.TokenHash) *Caller {
	r.mu.RLock()
	peer := r.session.Peer(id)
	r.mu.RUnlock()
	if peer == nil || subtle.ConstantTimeCompare(peer.Token[:], token[:]) != 1 || !r.leases.touch(id) {
		return nil
	}
	return callerOf(r, peer)
}

// visit is the coming of somebody who needs no peer, but a session.
func (r *Room) visit(ctx context.Context) error {
	if !r.leases.use() {
		return errDead
	}
	if !r.hasSession() && !r.registry.nodes.alone() {
		if err := r.refresh(ctx); err != nil {
			return err
		}
	}
	if !r.hasSession() {
		return model.ErrNoRoom()
	}
	return nil
}

func (r *Room) hasSession() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.session.ID() != ""
}

// errGone is what a caller is told whose peer has gone, or whose room has.
func (c *Caller) errGone() error {
	if c.peer == nil {
		return model.ErrNoRoom()
	}
	return model.ErrGone()
}

// Trusts reports whether what the caller was told at a position is all that it may see of
// it: its grants have not been given anew since.
func (c *Caller) Trusts(at model.Position) bool { return c.peer == nil || c.peer.Trusts(at.Revision) }

// Name is the id of the own peer, or what an admin that is none is called.
func (c *Caller) Name() string { return c.name }

// Peer is the own peer, nil for an admin that is none.
func (c *Caller) Peer() *model.Peer { return c.peer }

// Renew lets the peer stay who it is under new grants.
func (c *Caller) Renew(ctx context.Context, name, role string, grants *model.Grants) (*Caller, error) {
	change, err := c.do(ctx, model.Renew{Peer: c.name, Name: name, Role: role, Grants: grants, At: c.room.now()})
	if err != nil {
		return nil, err
	}
	return callerOf(c.room, change.Joined[0]), nil
}

// Leave removes the peer from the room and ends its streams. That it has gone
// already is no error.
func (c *Caller) Leave(ctx context.Context) error {
	if c.peer == nil {
		return model.Errorf(model.Forbidden, "an admin that has not joined cannot leave")
	}
	w := &wish{mutation: model.Leave{Peers: []string{c.name}, Reason: model.Left, At: c.room.now()}}
	if c.room.do(ctx, w); errors.Is(w.err, errDead) && !c.room.hasSession() {
		return nil
	}
	return c.reason(w.err)
}

// PutOut removes another peer from the room, if the caller is an admin.
func (c *Caller) PutOut(ctx context.Context, peer string) error {
	if !c.grants.IsAdmin() {
		return model.Errorf(model.Forbidden, "only an admin puts peers out of a room")
	}
	change, err := c.do(ctx, model.Leave{Peers: []string{peer}, Reason: model.Kicked, At: c.room.now()})
	if err == nil && change == nil {
		return model.Errorf(model.PeerNotFound, "there is no peer %.100q in this room", peer)
	}
	return err
}

// do is Room.do for a caller who is still there.
func (c *Caller) do(ctx context.Context, m model.Mutation) (*model.Change, error) {
	w := &wish{mutation: m, caller: c}
	c.wish(ctx, w)
	return w.change, w.err
}

func (c *Caller) wish(ctx context.Context, w *wish) {
	c.room.do(ctx, w)
	w.err = c.reason(w.err)
}

// reason is what a caller is told whose room is dead: the session is over, or only this
// node has let go of it.
func (c *Caller) reason(err error) error {
	switch {
	case !errors.Is(err, errDead):
		return err
	case c.room.hasSession():
		return unavailable(err)
	}
	return c.errGone()
}

// isThere reports whether the caller still has a place in the session.
func (c *Caller) isThere(s *model.Session) bool {
	if c.peer == nil {
		return s.ID() != ""
	}
	now := s.Peer(c.name)
	return now != nil && now.Token == c.peer.Token
}

package room

import (
	"context"
	"crypto/subtle"
	"errors"

	"session-store/model"
	"session-store/sse"
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
		r.dropIfEmpty() // nobody else would
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
	if c.room.do(ctx, w); errors.Is(w.err, errDead) {
		return nil
	}
	return w.err
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
	if c.room.do(ctx, w); errors.Is(w.err, errDead) {
		w.err = c.errGone()
	}
}

// isThere reports whether the caller still has a place in the session.
func (c *Caller) isThere(s *model.Session) bool {
	if c.peer == nil {
		return s.ID() != ""
	}
	now := s.Peer(c.name)
	return now != nil && now.Token == c.peer.Token
}

// Observe is what a stream is opened with.
type Observe struct {
	Keys model.Keys
	// From is where the reader wants to go on; it is sent a snapshot if it
	// cannot.
	From model.Position
	// Peers says whether it is told who comes and goes.
	Peers bool
}

// Observe opens a stream. It keeps the peer alive until it is closed. Unavailable
// says that there are as many streams as there may be.
func (c *Caller) Observe(ctx context.Context, o Observe) (stream *sse.Stream, err error) {
	r := c.room
	if err := c.settleHere(ctx, o.From); err != nil {
		return nil, err
	}
	view := model.View{Keys: o.Keys, Grants: c.grants}
	if err := view.Check(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !c.isThere(r.session) {
		return nil, c.errGone()
	}
	options := sse.Options{
		Cursor: c.cursorLocked(o.From), Resumes: o.From.Session != "",
		Filter: filterOf(view), Peers: o.Peers, Most: r.registry.config.MaxStreams,
		OnClose: r.releaseGuest,
	}
	if c.peer != nil {
		// The grants may have been renewed since the token was looked at.
		view.Grants = r.session.Peer(c.name).Grants
		options.Filter = filterOf(view)
		options.OnClose = func(stream *sse.Stream) { r.leases.release(c.name, stream) }
	}
	if stream = r.hub.Open(options); stream == nil {
		return nil, model.Errorf(model.Unavailable, "this server has as many streams as it takes: %d", options.Most)
	}
	if c.peer == nil {
		r.guests[stream] = c.grants.Expires
		r.alarm.by(c.grants.Expires.Std())
		return stream, nil
	}
	if err := r.leases.hold(c.name, stream); err != nil {
		stream.Close() // which needs leases.mu alone: that comes after Room.mu
		return nil, err
	}
	return stream, nil
}

// settleHere makes this node ready for a stream of a peer that may come from another
// one.
func (c *Caller) settleHere(ctx context.Context, from model.Position) error {
	if c.room.registry.nodes.alone() {
		return nil
	}
	if err := c.room.await(ctx, from); err != nil {
		return err
	}
	if c.peer == nil {
		return nil
	}
	// The peer stays for as long as its stream is open: only this node knows.
	return c.claim(ctx)
}

// open is the filter of everybody who observes all keys of an open room: one for
// all, so that a fan-out finds it in the cache.
var open sse.Filter = model.View{Keys: model.AllKeys()}

func filterOf(view model.View) sse.Filter {
	if view.Grants == nil && view.Keys.All() {
		return open
	}
	return view
}

// cursorLocked is where a stream begins that wants to go on from a position.
func (c *Caller) cursorLocked(from model.Position) sse.Cursor {
	at := c.room.session.Position()
	if from.Session != at.Session || from.Revision > at.Revision {
		return sse.Cursor{}
	}
	// What the peer was told under other grants says nothing about what it may
	// see now.
	if c.peer != nil && from.Revision < c.room.session.Peer(c.name).Renewed {
		return sse.Cursor{}
	}
	return sse.At(from.Revision)
}

func (r *Room) releaseGuest(stream *sse.Stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.guests, stream)
}

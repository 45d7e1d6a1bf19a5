package room

import (
	"context"

	"session-store/model"
	"session-store/sse"
)

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
	open := func() *sse.Stream { return r.hub.Open(options) }
	if c.peer == nil {
		stream = open()
	} else if stream, err = r.leases.hold(c.name, open); err != nil {
		return nil, err
	}
	if stream == nil {
		return nil, model.Errorf(model.Unavailable, "this server has as many streams as it takes: %d", options.Most)
	}
	if c.peer == nil {
		r.guests[stream] = c.grants.Expires
		r.alarm.by(c.grants.Expires.Std())
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

// openFilter is the one of everybody who observes all keys of an open room: one for
// all, so that a fan-out finds it in the cache.
var openFilter sse.Filter = model.View{Keys: model.AllKeys()}

func filterOf(view model.View) sse.Filter {
	if view.Grants == nil && view.Keys.All() {
		return openFilter
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
	if c.peer != nil && !c.room.session.Peer(c.name).Trusts(from.Revision) {
		return sse.Cursor{}
	}
	return sse.At(from.Revision)
}

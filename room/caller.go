package room

import (
	"context"
	"crypto/subtle"
	"errors"

	"session-store/model"
	"session-store/sse"
)

// Caller is a peer that has shown its token. All calls on a room but the join
// are its methods. A peer that goes in the middle of a call is an Unauthorized
// error of that call.
type Caller struct {
	room *Room
	peer *model.Peer
}

// join decides that there is a new peer.
func (r *Room) join(ctx context.Context, peer model.Peer) (*Caller, error) {
	change, err := r.do(ctx, model.Join{Session: r.registry.config.NewSessionID(), Peer: peer, At: r.now()})
	if err != nil {
		return nil, err
	}
	return &Caller{room: r, peer: change.Joined[0]}, nil
}

// enter checks a token and is a sign of life; nil is no.
func (r *Room) enter(id string, token model.TokenHash) *Caller {
	r.mu.RLock()
	peer := r.session.Peer(id)
	r.mu.RUnlock()
	if peer == nil || subtle.ConstantTimeCompare(peer.Token[:], token[:]) != 1 || !r.leases.touch(id) {
		return nil
	}
	return &Caller{room: r, peer: peer}
}

// errGone is what a caller is told whose peer has gone.
func errGone() error {
	return model.Errorf(model.Unauthorized, "this peer has left the room: join again")
}

// Peer is the own peer.
func (c *Caller) Peer() *model.Peer { return c.peer }

// Write sets or removes entries; By and At are filled in.
func (c *Caller) Write(ctx context.Context, w model.Write) (written Written, err error) {
	w.By, w.At = c.peer.ID, c.room.now()
	c.room.write.Lock()
	defer c.room.write.Unlock()
	change, err := c.room.doLocked(ctx, w)
	if errors.Is(err, errDead) {
		return Written{}, errGone()
	}
	if err != nil {
		return Written{}, err
	}
	written.Position = c.room.session.Position()
	if change != nil {
		written.Set, written.Created = change.Set, change.Created > 0
	}
	return written, nil
}

// Written is what a write has done.
type Written struct {
	// Position is where the session stands since.
	Position model.Position
	// Set has the entries that were set, in the order of the write.
	Set []*model.Entry
	// Created says that there was a key among them that had no entry before.
	Created bool
}

// Leave removes the peer from the room and ends its streams. That it has gone
// already is no error.
func (c *Caller) Leave(ctx context.Context) error {
	_, err := c.room.do(ctx, model.Leave{Peers: []string{c.peer.ID}, Reason: model.Left, At: c.room.now()})
	if errors.Is(err, errDead) {
		return nil
	}
	return err
}

// read runs f on the session while nothing can change it, if the peer is still
// in it.
func (c *Caller) read(f func(s *model.Session)) error {
	c.room.mu.RLock()
	defer c.room.mu.RUnlock()
	if c.room.session.Peer(c.peer.ID) != c.peer {
		return errGone()
	}
	f(c.room.session)
	return nil
}

// Position is where the session stands now.
func (c *Caller) Position() (position model.Position, err error) {
	err = c.read(func(s *model.Session) { position = s.Position() })
	return position, err
}

// Describe is the room as a whole.
func (c *Caller) Describe() (info model.RoomInfo, err error) {
	err = c.read(func(s *model.Session) {
		info = model.RoomInfo{
			Room: c.room.name, Session: s.ID(), Revision: s.Position().Revision,
			CreatedAt: s.CreatedAt(), Peers: s.PeerCount(), Limits: s.Limits(),
		}
		info.Keys, info.Bytes = s.Size()
	})
	return info, err
}

// Peers are all peers, the oldest first.
func (c *Caller) Peers() (peers []*model.Peer, err error) {
	err = c.read(func(s *model.Session) { peers = s.Peers() })
	return peers, err
}

// Entries are those of the keys, and the position at which they are so.
func (c *Caller) Entries(keys model.Keys) (entries []*model.Entry, at model.Position, err error) {
	err = c.read(func(s *model.Session) { entries, at = s.Entries(keys), s.Position() })
	return entries, at, err
}

// Entry is the one under the key, and its position; KeyNotFound if there is none.
func (c *Caller) Entry(key string) (entry *model.Entry, at model.Position, err error) {
	err = c.read(func(s *model.Session) { entry, at = s.Entry(key), s.Position() })
	if err == nil && entry == nil {
		err = model.Errorf(model.KeyNotFound, "there is no entry under %q", key)
	}
	if entry != nil {
		at.Revision = entry.Revision
	}
	return entry, at, err
}

// Observe opens a stream of the keys, from the position if it is one of this
// session, else from a snapshot. The stream keeps the peer alive until it is
// closed.
func (c *Caller) Observe(keys model.Keys, from model.Position) (stream *sse.Stream, err error) {
	gone := c.read(func(s *model.Session) {
		cursor := sse.Cursor{}
		if at := s.Position(); from.Session == at.Session && from.Revision <= at.Revision {
			cursor = sse.At(from.Revision)
		}
		stream = c.room.hub.Open(cursor, keys, func(stream *sse.Stream) {
			c.room.leases.release(c.peer.ID, stream)
		})
	})
	if gone != nil {
		return nil, gone
	}
	if !c.room.leases.hold(c.peer.ID, stream) {
		stream.Close()
		return nil, errGone()
	}
	return stream, nil
}

// expire removes the peers whose leases are over.
func (r *Room) expire() {
	r.write.Lock()
	defer r.write.Unlock()
	if r.dead {
		return
	}
	peers := r.leases.collect()
	if len(peers) == 0 {
		return
	}
	_, err := r.doLocked(context.Background(), model.Leave{Peers: peers, Reason: model.TimedOut, At: r.now()})
	if err != nil {
		// They live on for another timeout, after which it is tried again.
		r.registry.config.Log.Error("removing silent peers failed", "room", r.name, "peers", len(peers), "error", err)
		for _, peer := range peers {
			r.leases.begin(peer)
		}
	}
}

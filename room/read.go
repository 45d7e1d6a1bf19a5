package room

import "session-store/model"

// read runs f on the session while nothing can change it, if the caller is still
// in it.
func (c *Caller) read(f func(s *model.Session)) error {
	c.room.mu.RLock()
	defer c.room.mu.RUnlock()
	if !c.isThere(c.room.session) {
		return c.errGone()
	}
	f(c.room.session)
	return nil
}

// Position is where the session stands now.
func (c *Caller) Position() (position model.Position, err error) {
	err = c.read(func(s *model.Session) { position = s.Position() })
	return position, err
}

// Describe is the room as a whole; keys that the caller may not read are not counted.
func (c *Caller) Describe() (state model.RoomState, err error) {
	err = c.read(func(s *model.Session) {
		state = model.RoomState{
			Room: c.room.name, Session: s.ID(), Revision: s.Position().Revision,
			CreatedAt: s.CreatedAt(), Peers: s.PeerCount(), Limits: s.Limits(),
		}
		state.Keys, state.Bytes = s.SizeFor(c.grants)
	})
	return state, err
}

// Peers are all peers, the oldest first.
func (c *Caller) Peers() (peers []*model.Peer, err error) {
	err = c.read(func(s *model.Session) { peers = s.Peers() })
	return peers, err
}

// Entries are those of the keys that the caller may read, and the position at
// which they are so.
func (c *Caller) Entries(keys model.Keys) (entries []*model.Entry, at model.Position, err error) {
	view := model.View{Keys: keys, Grants: c.grants}
	if err := view.Check(); err != nil {
		return nil, at, err
	}
	err = c.read(func(s *model.Session) { entries, at = s.Entries(view), s.Position() })
	return entries, at, err
}

// Entry is the one under the key, and its position; KeyNotFound if there is none,
// Forbidden if the caller may not know.
func (c *Caller) Entry(key string) (entry *model.Entry, at model.Position, err error) {
	if err := (model.View{Keys: model.NewKeys([]string{key}), Grants: c.grants}).Check(); err != nil {
		return nil, at, err
	}
	err = c.read(func(s *model.Session) { entry, at = s.Entry(key), s.Position() })
	if err == nil && entry == nil {
		err = model.Errorf(model.KeyNotFound, "there is no entry under %q", key)
	}
	if entry != nil {
		at.Revision = entry.Revision
	}
	return entry, at, err
}

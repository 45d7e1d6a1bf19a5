package model

import "maps"

// Session is the state of a room: one session, or none. The zero value of all
// but the limits is a room without a session. It is not safe for use by several
// goroutines at once.
type Session struct {
	limits Limits

	id        string // empty: there is no session
	revision  uint64
	createdAt Time
	peers     map[string]*Peer
	entries   map[string]*Entry
	bytes     int // sum of Entry.Size
	removals  removals
}

// NewSession is a room without a session, whose sessions will keep the limits.
func NewSession(limits Limits) *Session { return &Session{limits: limits} }

// Decide says what the mutation comes to: a change, nil when there is nothing
// to change, or a refusal, which is an *Error. It changes nothing itself.
func (s *Session) Decide(m Mutation) (*Change, error) { return m.decide(s) }

// tag is the text of an entry's position, as it stands in an ETag.
func (s *Session) tag(e *Entry) string {
	if e == nil {
		return ""
	}
	return Position{Session: s.id, Revision: e.Revision}.String()
}

// Apply makes the session what it is after the change. The change must have
// been decided on a session equal to this one.
func (s *Session) Apply(c *Change) {
	if c.Ends {
		*s = Session{limits: s.limits}
		return
	}
	if c.Begins {
		*s = Session{
			limits: s.limits, id: c.Session, createdAt: c.CreatedAt,
			peers: make(map[string]*Peer), entries: make(map[string]*Entry),
			removals: removals{forgotten: c.Forgotten},
		}
	}
	s.revision = c.Revision
	for _, peer := range c.Joined {
		s.peers[peer.ID] = peer
	}
	for _, move := range c.Moved {
		peer := *s.peers[move.Peer]
		peer.Node = move.Node
		s.peers[move.Peer] = &peer
	}
	for _, departure := range c.Left {
		delete(s.peers, departure.Peer)
	}
	for _, removal := range c.Removed {
		s.drop(removal.Key)
		s.removals.add(removal)
	}
	for _, entry := range c.Set {
		s.drop(entry.Key)
		s.entries[entry.Key] = entry
		s.bytes += entry.Size()
		s.removals.forget(entry.Key)
	}
}

func (s *Session) drop(key string) {
	if old := s.entries[key]; old != nil {
		s.bytes -= old.Size()
		delete(s.entries, key)
	}
}

// Clone is a session of its own that is equal to this one.
func (s *Session) Clone() *Session {
	clone := *s
	clone.peers, clone.entries = maps.Clone(s.peers), maps.Clone(s.entries)
	clone.removals = s.removals.clone()
	return &clone
}

// Snapshot is the one change that makes any session equal to this one: a journal
// stores it in the place of all that came before.
func (s *Session) Snapshot(at Time) *Change {
	return &Change{
		Session: s.id, Revision: s.revision, At: at,
		Joined: s.Peers(), Set: s.Entries(AllKeys()), Removed: s.removals.list(),
		Begins: true, CreatedAt: s.createdAt, Forgotten: s.removals.forgotten,
	}
}

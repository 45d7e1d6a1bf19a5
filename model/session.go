package model

import "slices"

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

func (m Join) decide(s *Session) (*Change, error) {
	if s.peers[m.Peer.ID] != nil {
		return nil, Errorf(Internal, "peer id %q is taken", m.Peer.ID)
	}
	peer := m.Peer
	peer.JoinedAt = m.At
	change := &Change{Session: s.id, Revision: s.revision, At: m.At, Joined: []*Peer{&peer}}
	if s.id == "" {
		change.Session, change.Begins, change.CreatedAt = m.Session, true, m.At
	}
	return change, nil
}

func (m Leave) decide(s *Session) (*Change, error) {
	change := &Change{Session: s.id, Revision: s.revision, At: m.At}
	leaves := make(map[string]bool, len(m.Peers))
	for _, id := range m.Peers {
		if s.peers[id] != nil && !leaves[id] {
			leaves[id] = true
			change.Left = append(change.Left, Departure{Peer: id, Reason: m.Reason})
		}
	}
	if len(change.Left) == 0 {
		return nil, nil
	}
	change.Ends = len(change.Left) == len(s.peers)
	return change, nil
}

func (m Write) decide(s *Session) (*Change, error) {
	if s.peers[m.By] == nil {
		return nil, Errorf(Unauthorized, "this peer has left the room: join again")
	}
	m.Remove = distinct(m.Remove)
	for _, a := range m.Set {
		if err := s.limits.checkValue(a.Key, a.Value); err != nil {
			return nil, err
		}
	}
	if err := m.checkCondition(s); err != nil {
		return nil, err
	}
	if err := m.checkLimits(s); err != nil {
		return nil, err
	}
	return m.change(s), nil
}

func (m Write) checkCondition(s *Session) error {
	if len(m.Set)+len(m.Remove) != 1 {
		return nil
	}
	key := append(m.keys(), m.Remove...)[0]
	current := s.entries[key]
	if m.If.Holds(s.tag(current), current != nil) {
		return nil
	}
	err := Errorf(PreconditionFailed, "%q is not as the condition wants it: see current, and decide again", key)
	err.Current = current
	return err
}

// distinct leaves out what stands there for the second time.
func distinct(keys []string) []string {
	if len(keys) < 2 {
		return keys
	}
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func (m Write) keys() []string {
	keys := make([]string, len(m.Set), len(m.Set)+len(m.Remove))
	for i, a := range m.Set {
		keys[i] = a.Key
	}
	return keys
}

// checkLimits looks at what the write would lead to.
func (m Write) checkLimits(s *Session) error {
	keys, total := len(s.entries), s.bytes
	for _, key := range m.Remove {
		if old := s.entries[key]; old != nil {
			keys, total = keys-1, total-old.Size()
		}
	}
	for _, a := range m.Set {
		total += len(a.Key) + len(a.Value)
		if old := s.entries[a.Key]; old != nil {
			total -= old.Size()
		} else {
			keys++
		}
	}
	return s.limits.checkGrowth(len(s.entries), keys, s.bytes, total)
}

func (m Write) change(s *Session) *Change {
	change := &Change{Session: s.id, Revision: s.revision + 1, At: m.At}
	for _, key := range m.Remove {
		if s.entries[key] != nil {
			change.Removed = append(change.Removed, Removal{Key: key, Revision: change.Revision, Reason: Deleted})
		}
	}
	for _, a := range m.Set {
		if s.entries[a.Key] == nil {
			change.Created++
		}
		change.Set = append(change.Set, &Entry{
			Key: a.Key, Value: a.Value, Revision: change.Revision, UpdatedAt: m.At, UpdatedBy: m.By,
		})
	}
	if !change.Touches() {
		return nil
	}
	return change
}

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

// Snapshot is the one change that makes any session equal to this one: a journal
// stores it in the place of all that came before.
func (s *Session) Snapshot(at Time) *Change {
	return &Change{
		Session: s.id, Revision: s.revision, At: at,
		Joined: s.Peers(), Set: s.Entries(AllKeys()), Removed: s.removals.list(),
		Begins: true, CreatedAt: s.createdAt, Forgotten: s.removals.forgotten,
	}
}

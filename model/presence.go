package model

// Join wishes a new peer. In a room without a session it begins one.
type Join struct {
	// Session is the id for the session if this join begins one: letters and
	// digits, never used before.
	Session string
	// Peer has everything but JoinedAt, which is At.
	Peer Peer
	At   Time
}

func (m Join) decide(s *Session) (*Change, error) {
	if s.peers[m.Peer.ID] != nil {
		return nil, Errorf(Internal, "peer id %q is taken", m.Peer.ID)
	}
	if s.limits.Peers > 0 && len(s.peers) >= s.limits.Peers {
		return nil, LimitError(Unavailable, s.limits.Peers, len(s.peers)+1,
			"the room is full: it takes at most %d peers", s.limits.Peers)
	}
	peer := m.Peer
	peer.JoinedAt = m.At
	change := &Change{Session: s.id, Revision: s.revision, At: m.At, Joined: []*Peer{&peer}}
	if s.id == "" {
		change.Session, change.Begins, change.CreatedAt = m.Session, true, m.At
	}
	return change, nil
}

// Renew wishes that a peer stays who it is, under new grants. Its application has
// vouched for it again, before what it had vouched for has ended.
type Renew struct {
	Peer       string
	Name, Role string
	Grants     *Grants
	At         Time
}

func (m Renew) decide(s *Session) (*Change, error) {
	old := s.peers[m.Peer]
	if old == nil {
		return nil, ErrGone()
	}
	if old.Grants.subject() != m.Grants.subject() {
		return nil, Errorf(Forbidden, "the token is of a peer with another sub: join without it")
	}
	peer := *old
	peer.Name, peer.Role, peer.Grants = m.Name, m.Role, m.Grants
	peer.Renewed = s.revision + 1
	return &Change{Session: s.id, Revision: s.revision, At: m.At, Joined: []*Peer{&peer}}, nil
}

// Leave wishes that peers go, all of them for one reason. Those that have gone
// already are passed over. Their ephemeral entries go with them, and with the
// last peer goes the session.
type Leave struct {
	Peers  []string
	Reason Reason
	At     Time
	// If is as in Answer: of several nodes that have the wish, one is granted it.
	If *string
}

func (m Leave) decide(s *Session) (*Change, error) {
	gone := make(map[string]Reason, len(m.Peers))
	for _, id := range m.Peers {
		if peer := s.peers[id]; peer != nil && (m.If == nil || peer.Node == *m.If) {
			gone[id] = m.Reason
		}
	}
	return s.remove(gone, 0, m.At), nil
}

// Answer wishes that a node answers for the peers. Those for which it does are
// passed over.
type Answer struct {
	Peers []string
	Node  string
	At    Time
	// If has the node that answered for them when it was decided on, if that is a
	// condition: those that have another by now stay with it.
	If *string
}

func (m Answer) decide(s *Session) (*Change, error) {
	change := &Change{Session: s.id, Revision: s.revision, At: m.At}
	for _, id := range m.Peers {
		if peer := s.peers[id]; peer != nil && peer.Node != m.Node && (m.If == nil || peer.Node == *m.If) {
			change.Moved = append(change.Moved, Move{Peer: id, Node: m.Node})
		}
	}
	if len(change.Moved) == 0 {
		return nil, nil
	}
	return change, nil
}

// Expire wishes that all goes whose time is over: entries, and peers whose grants
// have ended.
type Expire struct {
	At Time
}

func (m Expire) decide(s *Session) (*Change, error) {
	gone := make(map[string]Reason)
	for id, peer := range s.peers {
		if peer.Grants.ends(m.At) {
			gone[id] = Expired
		}
	}
	return s.remove(gone, m.At, m.At), nil
}

// remove is the change by which the peers go, the ephemeral entries that are
// theirs, and the entries that expire by a moment: under one revision, since they
// have one cause. It is nil if there is nothing to go.
func (s *Session) remove(gone map[string]Reason, expires, at Time) *Change {
	change := &Change{Session: s.id, Revision: s.revision, At: at}
	var peers []*Peer
	for id := range gone {
		if peer := s.peers[id]; peer != nil {
			peers = append(peers, peer)
		}
	}
	sortPeers(peers)
	for _, peer := range peers {
		change.Left = append(change.Left, Departure{Peer: peer.ID, Reason: gone[peer.ID]})
	}
	if len(change.Left) > 0 && len(change.Left) == len(s.peers) {
		change.Ends = true // which removes everything, without a word about each
		return change
	}
	for _, entry := range s.Entries(AllKeys()) {
		if entry.ExpiresAt != 0 && entry.ExpiresAt <= expires {
			change.Removed = append(change.Removed, Removal{Key: entry.Key, Reason: Expired})
		} else if _, ok := gone[entry.UpdatedBy]; ok && entry.Ephemeral {
			change.Removed = append(change.Removed, Removal{Key: entry.Key, Reason: OwnerLeft})
		}
	}
	if len(change.Removed) > 0 {
		change.Revision++
		for i := range change.Removed {
			change.Removed[i].Revision = change.Revision
		}
	} else if len(change.Left) == 0 {
		return nil
	}
	return change
}

// Due is the earliest moment at which something expires, or 0.
func (s *Session) Due() Time {
	var due Time
	earlier := func(at Time) {
		if at != 0 && (due == 0 || at < due) {
			due = at
		}
	}
	for _, peer := range s.peers {
		if peer.Grants != nil {
			earlier(peer.Grants.Expires)
		}
	}
	for _, entry := range s.entries {
		earlier(entry.ExpiresAt)
	}
	return due
}

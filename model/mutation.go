package model

// A Mutation is what somebody wishes to happen to a session: a [Join], a
// [Leave] or a [Write]. Session.Decide turns it into a [Change] or a refusal.
type Mutation interface {
	decide(s *Session) (*Change, error)
}

// Join wishes a new peer. In a room without a session it begins one.
type Join struct {
	// Session is the id for the session if this join begins one: letters and
	// digits, never used before.
	Session string
	// Peer has everything but JoinedAt, which is At.
	Peer Peer
	At   Time
}

// Leave wishes that peers go, all of them for one reason. Those that have gone
// already are passed over. With the last peer goes the session.
type Leave struct {
	Peers  []string
	Reason Reason
	At     Time
}

// Write wishes to set and remove entries under one revision, all or nothing.
// Removing a key that is not there changes nothing and is no error.
type Write struct {
	By     string // the id of the peer that writes
	Set    []Assignment
	Remove []string
	// If must hold of the one key that is set or removed; it is not looked at
	// when there are several.
	If Condition
	At Time
}

// Assignment is a key and the value that it shall have.
type Assignment struct {
	Key   string
	Value Value
}

// Change is what has happened: the only thing that makes a session other than
// it was. It has no rule left in it; a journal stores it, every node applies it.
type Change struct {
	// Session is the id of the session that it happened in.
	Session string
	// Revision is that of the session afterwards. It rises by one when entries
	// change and stays when only peers come and go.
	Revision uint64
	At       Time

	Joined  []*Peer
	Left    []Departure
	Set     []*Entry
	Removed []Removal
	// Created is how many of Set are under keys that had no entry before.
	Created int

	// Ends is set on the last change of a session, after which the room is as
	// if nothing had ever been there.
	Ends bool
	// Begins is set on a change that stands alone: the first of a session, or a
	// snapshot of one. What was there before is dropped.
	Begins bool
	// CreatedAt and Forgotten go with Begins: when the first peer joined, and
	// the newest removal that Removed does not tell of.
	CreatedAt Time
	Forgotten uint64
}

// Touches reports whether entries changed, that is, whether it took a revision.
func (c *Change) Touches() bool { return len(c.Set)+len(c.Removed) > 0 }

package model

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
	Moved   []Move
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

// Position is where the session stands behind the change.
func (c *Change) Position() Position { return Position{Session: c.Session, Revision: c.Revision} }

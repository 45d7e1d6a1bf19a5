package model

import (
	"slices"
	"time"
)

// Write wishes to set and remove entries under one revision, all or nothing.
// Removing a key that is not there changes nothing and is no error.
type Write struct {
	By string // the id of the peer that writes
	// As are the grants of an admin that is no peer; By is then its name. For a
	// peer it is nil: its grants are those of the session.
	As     *Grants
	Set    []Assignment
	Remove []string
	// If must hold of the one key that is set or removed. It cannot be given
	// with several.
	If Condition
	At Time
}

// Assignment is a key and the value that it shall have.
type Assignment struct {
	Key   string
	Value Value
	// TTL is after what time the entry goes by itself; 0 is never.
	TTL time.Duration
	// Ephemeral lets the entry go when the peer goes that wrote it.
	Ephemeral bool
}

// A Write is large: what it goes through here takes it by its address.
func (m Write) decide(s *Session) (*Change, error) { return m.decideOn(s) }

func (m *Write) decideOn(s *Session) (*Change, error) {
	grants, err := m.grants(s)
	if err != nil {
		return nil, err
	}
	m.Remove = distinct(m.Remove)
	if err := m.check(s, grants); err != nil {
		return nil, err
	}
	if err := m.checkCondition(s, grants); err != nil {
		return nil, err
	}
	if err := m.checkLimits(s); err != nil {
		return nil, err
	}
	return m.change(s, grants), nil
}

// grants are those that the write is done under.
func (m *Write) grants(s *Session) (*Grants, error) {
	if m.As != nil {
		if s.id == "" {
			return nil, ErrNoRoom()
		}
		return m.As, nil
	}
	peer := s.peers[m.By]
	if peer == nil {
		return nil, ErrGone()
	}
	return peer.Grants, nil
}

// check is what can be said of the write without looking at what is there.
func (m *Write) check(s *Session, grants *Grants) error {
	for _, a := range m.Set {
		if !grants.MayWrite(a.Key) {
			return forbiddenToWrite(a.Key)
		}
	}
	for _, key := range m.Remove {
		if !grants.MayWrite(key) {
			return forbiddenToWrite(key)
		}
	}
	if key, twice := m.repeated(); twice {
		return invalidField("set", "%q stands there twice: a key is set once, or removed", key)
	}
	for _, a := range m.Set {
		if a.Ephemeral && s.peers[m.By] == nil {
			return invalidField("ephemeral", "an admin that has not joined owns no entries: they would never go")
		}
		if err := s.limits.checkValue(a.Key, a.Value); err != nil {
			return err
		}
	}
	return nil
}

func forbiddenToWrite(key string) *Error {
	return Errorf(Forbidden, "your grants do not let you write %q", key)
}

func (m *Write) checkCondition(s *Session, grants *Grants) error {
	if !m.If.Given() {
		return nil
	}
	if n := m.size(); n != 1 {
		return invalidField(m.If.Field(), "a condition goes with one key, these are %d", n)
	}
	key := m.keys()[0]
	// The answer would say whether there is an entry, and which.
	if !grants.MayRead(key) {
		return forbiddenToRead(key)
	}
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

// repeated finds a key that stands there twice.
func (m *Write) repeated() (key string, twice bool) {
	if m.size() < 2 {
		return "", false
	}
	keys := m.keys()
	slices.Sort(keys)
	for i, key := range keys[1:] {
		if keys[i] == key {
			return key, true
		}
	}
	return "", false
}

// size is how many keys the write is about, keys are all of them.
func (m *Write) size() int { return len(m.Set) + len(m.Remove) }

func (m *Write) keys() []string {
	keys := make([]string, 0, m.size())
	for _, a := range m.Set {
		keys = append(keys, a.Key)
	}
	return append(keys, m.Remove...)
}

// checkLimits looks at what the write would lead to.
func (m *Write) checkLimits(s *Session) error {
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

func (m *Write) change(s *Session, grants *Grants) *Change {
	made := &struct {
		Change
		one [1]*Entry
	}{Change: Change{Session: s.id, Revision: s.revision + 1, At: m.At}}
	change := &made.Change
	if len(m.Set) == 1 {
		change.Set = made.one[:0] // as most writes have it: no memory of its own
	}
	for _, key := range m.Remove {
		if s.entries[key] != nil {
			change.Removed = append(change.Removed, Removal{Key: key, Revision: change.Revision, Reason: Deleted})
		}
	}
	for _, a := range m.Set {
		// To somebody who may not read the key, it would say that it was free.
		if s.entries[a.Key] == nil && grants.MayRead(a.Key) {
			change.Created++
		}
		change.Set = append(change.Set, m.entry(a, change.Revision))
	}
	if !change.Touches() {
		return nil
	}
	return change
}

func (m *Write) entry(a Assignment, revision uint64) *Entry {
	entry := &Entry{
		Key: a.Key, Value: a.Value, Revision: revision,
		UpdatedAt: m.At, UpdatedBy: m.By, Ephemeral: a.Ephemeral,
	}
	if a.TTL > 0 {
		entry.ExpiresAt = m.At.Add(a.TTL)
	}
	entry.Encode()
	return entry
}

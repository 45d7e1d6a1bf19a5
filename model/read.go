package model

import (
	"cmp"
	"slices"
)

// What can be read of a session. Nothing here changes it, and what is handed out
// stays as it is when the session goes on.

// ID is the id of the session, or empty when there is none.
func (s *Session) ID() string { return s.id }

// Position is where the session stands now.
func (s *Session) Position() Position { return Position{Session: s.id, Revision: s.revision} }

// CreatedAt is when the first peer joined.
func (s *Session) CreatedAt() Time { return s.createdAt }

// Limits are those that the session keeps.
func (s *Session) Limits() Limits { return s.limits }

// Size is how many keys there are, and the bytes of keys and values together.
func (s *Session) Size() (keys, bytes int) { return len(s.entries), s.bytes }

// SizeFor is the size of what may be read under grants.
func (s *Session) SizeFor(grants *Grants) (keys, bytes int) {
	if grants == nil || grants.Admin || grants.Read.All() {
		return s.Size()
	}
	for key, entry := range s.entries {
		if grants.MayRead(key) {
			keys, bytes = keys+1, bytes+entry.Size()
		}
	}
	return keys, bytes
}

// PeerCount is how many peers there are.
func (s *Session) PeerCount() int { return len(s.peers) }

// Peer is the peer with the id, or nil.
func (s *Session) Peer(id string) *Peer { return s.peers[id] }

// Peers are all peers, the oldest first.
func (s *Session) Peers() []*Peer {
	peers := make([]*Peer, 0, len(s.peers))
	for _, peer := range s.peers {
		peers = append(peers, peer)
	}
	sortPeers(peers)
	return peers
}

// Entry is the entry under key, or nil.
func (s *Session) Entry(key string) *Entry { return s.entries[key] }

// Entries are those of the keys, in the order of their names.
func (s *Session) Entries(keys Matcher) []*Entry { return s.entriesAfter(0, keys) }

func (s *Session) entriesAfter(revision uint64, keys Matcher) []*Entry {
	var entries []*Entry
	for key, entry := range s.entries {
		if entry.Revision > revision && keys.Match(key) {
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b *Entry) int { return cmp.Compare(a.Key, b.Key) })
	return entries
}

// Since is what has become of the keys after a revision: those that were set and
// those that are gone, by name, each as it is now. ok is false when that cannot
// be said: the revision has not been yet, or removals after it are forgotten.
func (s *Session) Since(revision uint64, keys Matcher) (set []*Entry, removed []Removal, ok bool) {
	if revision > s.revision || revision < s.removals.forgotten {
		return nil, nil, false
	}
	for key, removal := range s.removals.byKey {
		if removal.Revision > revision && keys.Match(key) {
			removed = append(removed, removal)
		}
	}
	slices.SortFunc(removed, func(a, b Removal) int { return cmp.Compare(a.Key, b.Key) })
	return s.entriesAfter(revision, keys), removed, true
}

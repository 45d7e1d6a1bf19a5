package model

import (
	"cmp"
	"slices"
)

// TokenHash is what a session keeps of a peer's token: whoever reads a journal
// or a dump learns nothing to log in with.
type TokenHash [32]byte

// Peer is somebody who is in a session. It is never changed once it is made.
type Peer struct {
	ID       string `json:"id" example:"b5kd2mqzx7ya"`
	Name     string `json:"name" example:"Ann"`
	Role     string `json:"role"`
	JoinedAt Time   `json:"joined_at" swaggertype:"string" format:"date-time"`
	// Token is the hash of the peer's secret.
	Token TokenHash `json:"-"`
	// Grants are what the peer may do, Renewed the first revision that was
	// written after they were given anew, or 0: what the peer was told before it
	// may have left out what it may see now.
	Grants  *Grants `json:"-"`
	Renewed uint64  `json:"-"`
	// Node is the node that answers for the peer: it removes the peer when it has
	// been silent for too long. Empty is the only node there is or, where there are
	// several, none of them.
	Node string `json:"-"`
} //@name Peer

// Trusts reports whether what the peer was told at a revision is all that it may see of it.
func (p *Peer) Trusts(revision uint64) bool { return revision >= p.Renewed }

// Departure is a peer that has gone, and why.
type Departure struct {
	Peer   string `json:"id"`
	Reason Reason `json:"reason"`
}

// Move is a peer for which another node answers from now on.
type Move struct {
	Peer, Node string
}

// sortPeers puts the oldest first, and two of one moment in the order of their
// ids, so that every list of one room reads the same.
func sortPeers(peers []*Peer) {
	slices.SortFunc(peers, func(a, b *Peer) int {
		return cmp.Or(cmp.Compare(a.JoinedAt, b.JoinedAt), cmp.Compare(a.ID, b.ID))
	})
}

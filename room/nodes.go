package room

import (
	"slices"
	"sync"
	"time"
)

// nodes says which node answers for what. A node that was not heard of for a while
// has gone, and with it everybody who removed its silent peers: the others do.
//
// All may be wrong about it. What they then do is right all the same: whoever wants
// to remove a peer says in the journal for which node, and a node where the peer is
// alive takes it over.
type nodes struct {
	// self is empty for the only node there is.
	self    string
	started time.Time
	// settled is when every node that is alive has been heard of.
	settled time.Time

	mu    sync.RWMutex
	alive []string
	gone  map[string]time.Time // since when, of those that were alive once
}

// introduction is how long a node listens before it takes those that it has not
// heard of for gone: longer than a journal takes to name them.
const introduction = 10 * time.Second

func newNodes(self string, now time.Time) *nodes {
	return &nodes{self: self, started: now, settled: now.Add(introduction), gone: make(map[string]time.Time)}
}

// alone says that there is no other node, and will be none.
func (n *nodes) alone() bool { return n.self == "" }

// update takes the nodes that are alive, and reports whether one has gone.
func (n *nodes) update(alive []string, now time.Time) (lost bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, node := range n.alive {
		if !slices.Contains(alive, node) {
			n.gone[node], lost = now, true
		}
	}
	for _, node := range alive {
		delete(n.gone, node)
	}
	n.alive = alive
	return lost
}

// goneSince reports whether nobody answers for the peers of a node, and since when.
func (n *nodes) goneSince(node string, now time.Time) (since time.Time, gone bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	switch {
	case node == n.self, slices.Contains(n.alive, node):
		return time.Time{}, false
	case node == "": // a peer that another node has doubted; its lease knows since when
		return time.Time{}, true
	}
	if since, known := n.gone[node]; known {
		return since, true
	}
	return n.settled, !now.Before(n.settled)
}

// first reports whether this node is the one that does what one must do.
func (n *nodes) first() bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.alive) == 0 || n.self < slices.Min(n.alive)
}

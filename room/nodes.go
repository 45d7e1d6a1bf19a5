package room

import (
	"slices"
	"sync"
	"time"
)

// nodes says which of the nodes are alive. When one has gone, nobody removes the
// silent peers that it has answered for: the others do.
//
// All may be wrong about it. What they then do is right all the same: whoever wants
// to remove a peer says in the journal for which node, and a node where the peer is
// alive takes it over.
type nodes struct {
	// self is empty for the only node there is.
	self    string
	started time.Time

	mu    sync.Mutex
	alive []string
	// gone has those of which is known since when they are not there, strangers those
	// that were never heard of, since a peer of theirs was met.
	gone, strangers map[string]time.Time
	// lostAt is when the last one has gone. Any peer may have been alive there, and
	// has its time from then on to come back elsewhere.
	lostAt time.Time
}

// introduction is how long a node waits for word of one that it has not heard of,
// before it takes it for gone: longer than a journal takes to name one that has
// begun.
const introduction = 10 * time.Second

func newNodes(self string, now time.Time) *nodes {
	return &nodes{self: self, started: now, gone: make(map[string]time.Time), strangers: make(map[string]time.Time)}
}

// alone says that there is no other node, and will be none.
func (n *nodes) alone() bool { return n.self == "" }

// update takes the nodes that are alive, and reports whether one has gone.
func (n *nodes) update(alive []string, now time.Time) (lost bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, node := range n.alive {
		if !slices.Contains(alive, node) {
			n.gone[node], n.lostAt, lost = now, now, true
		}
	}
	for _, node := range alive {
		delete(n.gone, node)
		delete(n.strangers, node)
	}
	for node, met := range n.strangers {
		if now.Sub(met) >= introduction {
			delete(n.strangers, node)
			n.gone[node], lost = met, true
		}
	}
	n.alive = alive
	return lost
}

// goneSince reports whether the node has gone, and since when.
func (n *nodes) goneSince(node string, now time.Time) (since time.Time, gone bool) {
	switch node {
	case n.self:
		return time.Time{}, false
	case "": // nobody, since the peer was doubted
		return time.Time{}, true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if slices.Contains(n.alive, node) {
		return time.Time{}, false
	}
	if since, gone = n.gone[node]; gone {
		return since, true
	}
	if _, met := n.strangers[node]; !met {
		n.strangers[node] = now
	}
	return time.Time{}, false
}

// lastLost is when the last node has gone, zero if none has.
func (n *nodes) lastLost() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lostAt
}

// answers reports whether the node is known to be alive.
func (n *nodes) answers(node string) bool {
	if node == n.self {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.alive, node)
}

// others is how many other nodes are known to be alive.
func (n *nodes) others() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.alive)
}

// first reports whether this node is the one that does what one must do.
func (n *nodes) first() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.alive) == 0 || n.self < slices.Min(n.alive)
}

package room

import (
	"slices"
	"sync"
	"time"
)

// nodes says which of the nodes are alive. When one has gone, nobody removes the
// silent peers that it has answered for: the others do.
//
// All may be wrong about it. What they then do is right all the same: they doubt the
// peers in the journal, and a node where they are alive claims them.
type nodes struct {
	// self is empty for the only node there is.
	self    string
	started time.Time
	// standstill is how long this node may look at nothing before it takes it that it
	// stood still.
	standstill time.Duration

	mu    sync.Mutex
	alive []string
	// gone has those of which is known since when they are not there, strangers those
	// that were never heard of, since a peer of theirs was met.
	gone, strangers map[string]time.Time
	// lostAt is when the last one has gone. Any peer may have been alive there, and
	// has its time from then on to come back elsewhere.
	lostAt time.Time
	// looked is when this node has looked last, zero as long as nobody does; blindAt is
	// when it last could not see who was alive.
	looked, blindAt time.Time
}

// introduction is how long a node waits for word of one that it has not heard of,
// before it takes it for gone: longer than a journal takes to name one that has
// begun.
const introduction = 10 * time.Second

func newNodes(self string, now time.Time, peerTimeout time.Duration) *nodes {
	return &nodes{
		self: self, started: now, standstill: peerTimeout / 6,
		gone: make(map[string]time.Time), strangers: make(map[string]time.Time),
	}
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

// look takes note that this node looks.
func (n *nodes) look(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.checkLocked(now)
	n.looked = now
}

// seeingSince is since when this node sees who is alive. That a peer was silent before
// says nothing: the process may have been stopped or its machine moved, and all who
// share that machine with it, or the journal was away. They all go on at once, and a
// timer that is over must not be faster than the peer, or than the word of another
// node that it is alive there.
func (n *nodes) seeingSince(now time.Time) time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.checkLocked(now) // this may be the first to see it
	return n.blindAt
}

// checkLocked takes note if this node stood still.
func (n *nodes) checkLocked(now time.Time) {
	if !n.looked.IsZero() && now.Sub(n.looked) > n.standstill {
		n.blindAt = now
	}
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

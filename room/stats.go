package room

import (
	"sync/atomic"

	"session-store/model"
	"session-store/sse"
)

// Stats are what is there on this node, and what it has done: plain atomics, read when
// somebody asks. What is done in the journal is counted by the node that has decided
// it, so that the sum over all nodes is right.
type Stats struct {
	// What is there now.
	Sessions, Peers, Entries atomic.Int64

	SessionsBegun, SessionsEnded atomic.Int64
	Joins                        atomic.Int64
	Leaves                       Leaves
	Removed                      Removed
	Writes                       Writes
	Takeovers                    Takeovers
	Journal                      JournalStats
	SSE                          sse.Stats
}

// Leaves are peers that have gone, by the reason.
type Leaves struct {
	Left, Kicked, Timeout, Expired atomic.Int64
}

// Removed are entries that have gone, by the reason; with SessionOver those that were
// there when the last peer left.
type Removed struct {
	Deleted, Expired, OwnerLeft, SessionOver atomic.Int64
}

// Writes are what became of them. Unchanged had nothing to remove, Refused were so by
// a rule, Failed by the journal; RateLimited are part of Refused.
type Writes struct {
	Changed, Unchanged, Refused, Failed atomic.Int64
	RateLimited                         atomic.Int64
}

// Takeovers are the steps by which peers go from node to node: see judge.go.
type Takeovers struct {
	// Doubted were silent here, and the others were asked; Orphaned were silent peers of
	// a node that has gone. Claimed have this node answer for them now.
	Doubted, Orphaned, Claimed atomic.Int64
}

// noteLocked counts a change that this node has decided, before it is applied.
func (r *Room) noteLocked(change *model.Change) {
	stats := &r.registry.stats
	if change.Begins {
		stats.SessionsBegun.Add(1)
	}
	for _, peer := range change.Joined {
		if r.session.Peer(peer.ID) == nil { // and not one that has other grants now
			stats.Joins.Add(1)
		}
	}
	for _, departure := range change.Left {
		stats.Leaves.of(departure.Reason).Add(1)
	}
	for _, removal := range change.Removed {
		stats.Removed.of(removal.Reason).Add(1)
	}
	for _, move := range change.Moved {
		self, peer := r.registry.nodes.self, r.session.Peer(move.Peer)
		switch {
		case move.Node == self:
			stats.Takeovers.Claimed.Add(1)
		case peer != nil && peer.Node != self:
			stats.Takeovers.Orphaned.Add(1)
		default:
			stats.Takeovers.Doubted.Add(1)
		}
	}
	if change.Ends {
		keys, _ := r.session.Size()
		stats.Removed.SessionOver.Add(int64(keys))
		stats.SessionsEnded.Add(1)
	}
}

func (l *Leaves) of(reason model.Reason) *atomic.Int64 {
	switch reason {
	case model.Left:
		return &l.Left
	case model.Kicked:
		return &l.Kicked
	case model.TimedOut:
		return &l.Timeout
	}
	return &l.Expired
}

func (d *Removed) of(reason model.Reason) *atomic.Int64 {
	switch reason {
	case model.Deleted:
		return &d.Deleted
	case model.OwnerLeft:
		return &d.OwnerLeft
	}
	return &d.Expired
}

// of is the counter of a write that came to the change, or to the error.
func (w *Writes) of(change *model.Change, err error) *atomic.Int64 {
	switch {
	case err == nil && change != nil:
		return &w.Changed
	case err == nil:
		return &w.Unchanged
	case isRefusal(err):
		return &w.Refused
	}
	return &w.Failed
}

// Stats are live: they change while they are read.
func (g *Registry) Stats() *Stats { return &g.stats }

// Open is how many rooms are open on this node, those included that are about to be.
func (g *Registry) Open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.rooms)
}

// CutOff reports whether the streams were sent elsewhere because the node does not
// reach its journal.
func (g *Registry) CutOff() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cutOff
}

// Nodes is how many nodes are known to be alive, this one included.
func (g *Registry) Nodes() int { return 1 + g.nodes.others() }

// MaxRooms and MaxStreams are how many there may be on this node; 0 is no bound.
func (g *Registry) MaxRooms() int   { return g.config.MaxRooms }
func (g *Registry) MaxStreams() int { return g.config.MaxStreams }

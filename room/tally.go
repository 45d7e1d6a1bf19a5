package room

// count is what a room adds to the statistics.
type count struct{ sessions, peers, entries int }

func (r *Room) countLocked() count {
	c := count{peers: r.session.PeerCount()}
	c.entries, _ = r.session.Size()
	if r.session.ID() != "" {
		c.sessions = 1
	}
	return c
}

func (r *Room) tallyLocked(before count) {
	after := r.countLocked()
	if after == before {
		return // as after most writes: what all cores share is left alone
	}
	stats := &r.registry.stats
	stats.Sessions.Add(int64(after.sessions - before.sessions))
	stats.Peers.Add(int64(after.peers - before.peers))
	stats.Entries.Add(int64(after.entries - before.entries))
}

// uncountLocked takes what is left of the room out of the statistics.
func (r *Room) uncountLocked() {
	left := r.countLocked()
	stats := &r.registry.stats
	stats.Sessions.Add(-int64(left.sessions))
	stats.Peers.Add(-int64(left.peers))
	stats.Entries.Add(-int64(left.entries))
}

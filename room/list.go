package room

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"session-store/model"
	"session-store/sse"
)

// What an operator is shown of the rooms that are open on this node: never a token,
// never a value. To look is no sign of life, opens no room, and waits for no journal.

// Listed is a room with a session.
type Listed struct {
	Room      string     `json:"room"`
	Session   string     `json:"session"`
	Revision  uint64     `json:"revision"`
	CreatedAt model.Time `json:"created_at"`
	Peers     int        `json:"peers"`
	Keys      int        `json:"keys"`
	Bytes     int        `json:"bytes"`
	Lag
}

// Lag is how far streams are behind: Behind of them have not been told all revisions,
// the last one MostBehind of them; of Waiting ones the reader does not take the bytes.
type Lag struct {
	Streams    int    `json:"streams"`
	Behind     int    `json:"behind"`
	Waiting    int    `json:"waiting"`
	MostBehind uint64 `json:"most_behind"`
}

func lagOf(l sse.Lag) Lag {
	return Lag{Streams: l.Streams, Behind: l.Behind, Waiting: l.Waiting, MostBehind: l.Most}
}

// ListedPeer is a peer, and its streams on this node.
type ListedPeer struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Role     string     `json:"role,omitempty"`
	JoinedAt model.Time `json:"joined_at"`
	// SeenAt is when it last called this node, or when its last stream here ended; nil
	// if it has never been here.
	SeenAt *model.Time `json:"seen_at,omitempty"`
	// Node answers for it; empty where there is only one.
	Node string `json:"node,omitempty"`
	Lag
}

// Look is a room as a whole, and some of its peers.
type Look struct {
	Room  Listed       `json:"room"`
	Peers []ListedPeer `json:"peers"`
	// Guests are the streams of admins that are no peers.
	Guests Lag `json:"guests"`
}

// Node is the name of this node, empty where there is only one.
func (g *Registry) Node() string { return g.nodes.self }

// List gives at most limit rooms by their names, those that come after one, and reports
// whether there are more.
func (g *Registry) List(after string, limit int) (rooms []Listed, more bool) {
	rooms = []Listed{}
	for _, r := range g.from(after) {
		listed, ok := r.listed()
		if !ok {
			continue
		}
		if len(rooms) == limit {
			return rooms, true
		}
		rooms = append(rooms, listed)
	}
	return rooms, false
}

// from are the rooms after a name. They are put in order when nobody waits for the lock
// any more.
func (g *Registry) from(after string) []*Room {
	rooms := slices.DeleteFunc(g.all(), func(r *Room) bool { return r.name <= after })
	slices.SortFunc(rooms, func(a, b *Room) int { return strings.Compare(a.name, b.name) })
	return rooms
}

// Look gives a room, and at most limit of its peers by their ids, those that come after
// one. It reports false if there is no session here.
func (g *Registry) Look(name, after string, limit int) (look Look, more, ok bool) {
	g.mu.Lock()
	r := g.rooms[name]
	g.mu.Unlock()
	if r == nil {
		return look, false, false
	}
	if look.Room, ok = r.listed(); !ok {
		return look, false, false
	}
	peers := r.peersFrom(after)
	if more = len(peers) > limit; more {
		peers = peers[:limit]
	}
	look.Peers, look.Guests = r.listedPeers(peers), r.guestsLag()
	return look, more, true
}

// listed reports false for a room without a session.
func (r *Room) listed() (Listed, bool) {
	r.mu.RLock()
	at := r.session.Position()
	listed := Listed{
		Room: r.name, Session: at.Session, Revision: at.Revision,
		CreatedAt: r.session.CreatedAt(), Peers: r.session.PeerCount(),
	}
	listed.Keys, listed.Bytes = r.session.Size()
	hub := r.hub
	r.mu.RUnlock()
	if hub != nil {
		listed.Lag = lagOf(hub.Lag()) // which may take a moment
	}
	return listed, at.Session != ""
}

func (r *Room) peersFrom(after string) []*model.Peer {
	r.mu.RLock()
	peers := r.session.Peers()
	r.mu.RUnlock()
	peers = slices.DeleteFunc(peers, func(p *model.Peer) bool { return p.ID <= after })
	slices.SortFunc(peers, func(a, b *model.Peer) int { return cmp.Compare(a.ID, b.ID) })
	return peers
}

func (r *Room) listedPeers(peers []*model.Peer) []ListedPeer {
	list := make([]ListedPeer, len(peers))
	for i, peer := range peers {
		seen, streams := r.leases.look(peer.ID)
		list[i] = ListedPeer{
			ID: peer.ID, Name: peer.Name, Role: peer.Role, JoinedAt: peer.JoinedAt, Node: peer.Node, Lag: lagOfAll(streams),
		}
		if !seen.IsZero() {
			list[i].SeenAt = new(model.TimeOf(seen))
		}
	}
	return list
}

func (r *Room) guestsLag() Lag {
	r.mu.RLock()
	streams := slices.Collect(maps.Keys(r.guests))
	r.mu.RUnlock()
	return lagOfAll(streams)
}

func lagOfAll(streams []*sse.Stream) Lag {
	var all sse.Lag
	for _, stream := range streams {
		all.Add(stream.Lag())
	}
	return lagOf(all)
}

// look is when the peer was last seen here, zero if never, and the streams that it has
// open.
func (l *leases) look(peer string) (seen time.Time, streams []*sse.Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.byPeer[peer]; one != nil {
		return one.seen, slices.Clone(one.streams)
	}
	return time.Time{}, nil
}

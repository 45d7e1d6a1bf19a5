package room

import (
	"reflect"

	"session-store/model"
	"session-store/sse"
)

// applyLocked makes the session what it is after the change, and tells the
// streams. It is the only place that does.
func (r *Room) applyLocked(seq uint64, change *model.Change) {
	change = r.endingLocked(change)
	var update *sse.Frame
	// Before the lock: readers need not wait for it. The hub does without, if a
	// stream comes only now.
	if change.Touches() && !change.Begins && !change.Ends && r.hub.Watched() {
		update = frameOf(change)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.countLocked()
	r.seq = seq
	r.records++
	met := r.meetLocked(change)
	r.endStreamsLocked(change, met)
	r.session.Apply(change)
	if len(change.Joined)+len(change.Left) > 0 || change.Begins || change.Ends {
		r.roster.forget()
	}
	r.publishLocked(change, update, met)
	r.watchLocked(change, met)
	r.tallyLocked(before)
	// An end that is read while the room is loaded is that of a session before.
	if change.Ends && r.loaded {
		r.dieLocked()
	}
}

// endingLocked makes the end of a session of another one's beginning: whoever
// begins with a snapshot has missed how the session before went over.
func (r *Room) endingLocked(change *model.Change) *model.Change {
	if id := r.session.ID(); !r.loaded || id == "" || id == change.Session {
		return change
	}
	return &model.Change{Session: r.session.ID(), Revision: r.session.Position().Revision, At: change.At, Ends: true}
}

// meeting is what a change does to the peers that were there.
type meeting struct {
	model.PeerMoves
	// renewed have other grants than before, answered another node that answers for
	// them.
	renewed, answered []string
}

// meetLocked comes before the session is changed. A snapshot does not say who has
// come and gone; it follows from who was there.
func (r *Room) meetLocked(change *model.Change) (met meeting) {
	for _, peer := range change.Joined {
		old := r.session.Peer(peer.ID)
		if old == nil || old.Name != peer.Name || old.Role != peer.Role {
			met.Joined = append(met.Joined, peer)
		}
		// A snapshot tells of all peers again, the same or not.
		if old != nil && (!change.Begins || !reflect.DeepEqual(old.Grants, peer.Grants)) {
			met.renewed = append(met.renewed, peer.ID)
		}
		if old != nil && old.Node != peer.Node {
			met.answered = append(met.answered, peer.ID)
		}
	}
	for _, move := range change.Moved {
		met.answered = append(met.answered, move.Peer)
	}
	met.Left = change.Left
	if change.Begins {
		there := make(map[string]bool, len(change.Joined))
		for _, peer := range change.Joined {
			there[peer.ID] = true
		}
		for _, peer := range r.session.Peers() {
			if !there[peer.ID] {
				met.Left = append(met.Left, model.Departure{Peer: peer.ID, Reason: model.Left})
			}
		}
	}
	return met
}

// endStreamsLocked comes before the session is changed: a stream that then asks
// what it has missed finds that it has ended.
func (r *Room) endStreamsLocked(change *model.Change, met meeting) {
	for _, departure := range met.Left {
		for _, stream := range r.leases.end(departure.Peer) {
			stream.End(string(departure.Reason))
		}
	}
	if change.Ends {
		for _, stream := range r.leases.endAll() {
			stream.End(string(model.SessionOver))
		}
		r.guests.endAll()
	}
}

// publishLocked tells the streams of the change.
func (r *Room) publishLocked(change *model.Change, update *sse.Frame, met meeting) {
	if change.Begins && !r.loaded || r.hub == nil {
		r.moves = 0 // of this hub
		r.hub = sse.NewHub(change.Session, change.Revision, source{r}, &r.registry.stats.SSE, r.registry.config.Pump)
		if r.registry.isClosing() {
			r.hub.Close()
		}
		return
	}
	if change.Ends {
		return
	}
	var peers *sse.Frame
	if len(met.Joined)+len(met.Left) > 0 {
		r.moves++
		if r.hub.Watched() {
			peers = peersFrameOf(r.moves, met.PeerMoves)
		}
	}
	// Of what came before a snapshot the streams ask the session.
	r.hub.Publish(sse.News{Revision: change.Revision, Update: update, Moves: r.moves, Peers: peers})
}

// watchLocked begins leases, gives streams new filters, and sets the alarm for
// what the change lets expire.
func (r *Room) watchLocked(change *model.Change, met meeting) {
	for _, peer := range change.Joined {
		r.leases.begin(peer, r.loaded)
		if peer.Grants != nil && peer.Grants.Expires != 0 {
			r.alarm.by(peer.Grants.Expires.Std())
		}
	}
	for _, id := range met.renewed {
		r.regrantLocked(r.session.Peer(id))
	}
	for _, id := range met.answered {
		r.leases.answer(r.session.Peer(id))
	}
	for _, entry := range change.Set {
		if entry.ExpiresAt != 0 {
			r.alarm.by(entry.ExpiresAt.Std())
		}
	}
}

// regrantLocked shows the open streams of a peer what its new grants allow.
func (r *Room) regrantLocked(peer *model.Peer) {
	for _, stream := range r.leases.streams(peer.ID) {
		view := stream.Filter().(model.View)
		view.Grants = peer.Grants
		stream.Refilter(view)
	}
}

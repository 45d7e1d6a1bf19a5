package room

import (
	"context"
	"slices"
	"time"

	"session-store/model"
)

// tryAgain is when the room looks again at what it could not write down.
const tryAgain = time.Second

// ring is called by the alarm: it removes what is over, and sets the alarm for
// what comes next.
func (r *Room) ring() {
	r.write.Lock()
	defer r.write.Unlock()
	switch {
	case r.dead:
	case r.registry.config.Journal.Ready() != nil:
		// Nothing can be removed; and who seems silent may be with another node.
		r.alarm.by(r.registry.config.Now().Add(tryAgain))
	default:
		r.ringLocked()
	}
}

func (r *Room) ringLocked() {
	r.executeLocked(r.leases.judge())
	if r.dead {
		return
	}
	if _, err := r.doLocked(context.Background(), model.Expire{At: r.now()}); err != nil {
		r.complain("removing what has expired failed", err)
		r.alarm.by(r.registry.config.Now().Add(tryAgain))
		return
	}
	if r.dead {
		return
	}
	r.setAlarm()
	r.unloadLocked()
}

// maxAtOnce is how many peers one change moves or removes: a node that dies may
// have had all of a large room.
const maxAtOnce = 1000

// executeLocked writes down what the leases have found.
func (r *Room) executeLocked(v verdict) {
	for node, peers := range v.doubt {
		r.answerLocked(peers, "", &node)
	}
	r.answerLocked(v.claim, r.registry.nodes.self, nil)
	for some := range slices.Chunk(v.leave, maxAtOnce) {
		r.tryLocked(some, model.Leave{Peers: some, Reason: model.TimedOut, If: new(""), At: r.now()})
	}
}

func (r *Room) answerLocked(peers []string, node string, before *string) {
	for some := range slices.Chunk(peers, maxAtOnce) {
		r.tryLocked(some, model.Answer{Peers: some, Node: node, If: before, At: r.now()})
	}
}

// tryLocked does what concerns the peers, or puts it off.
func (r *Room) tryLocked(peers []string, m model.Mutation) {
	if r.dead {
		return
	}
	if _, err := r.doLocked(context.Background(), m); err == nil || r.dead {
		return
	} else {
		r.complain("removing silent peers failed", err)
	}
	var there []*model.Peer
	for _, id := range peers {
		if peer := r.session.Peer(id); peer != nil {
			there = append(there, peer)
		}
	}
	r.leases.postpone(there)
}

// setAlarm looks for the next moment at which something expires.
func (r *Room) setAlarm() {
	if due := r.session.Due(); due != 0 {
		r.alarm.by(due.Std())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if next := r.guests.endExpired(r.now()); !next.IsZero() {
		r.alarm.by(next)
	}
}

// unloadLocked lets go of a room that lives on other nodes and that nobody wants
// here. It costs a record in the journal, and nothing of this node.
func (r *Room) unloadLocked() {
	if r.registry.nodes.alone() {
		return // who would remove its peers?
	}
	if r.unsure { // a peer that has joined here would be nobody's
		if err := r.catchUpLocked(context.Background()); err != nil || r.dead {
			r.alarm.by(r.registry.config.Now().Add(tryAgain))
			return
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.guests) == 0 && r.leases.retire() {
		r.dieLocked()
		return
	}
	r.alarm.by(r.registry.config.Now().Add(r.registry.config.PeerTimeout))
}

func (r *Room) complain(what string, err error) {
	r.registry.config.Log.Error(what, "room", r.name, "error", err)
}

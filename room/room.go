package room

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"session-store/journal"
	"session-store/model"
	"session-store/sse"
)

// Room is the live copy of one session: it begins to be when somebody asks for
// the room, and is dead when the session is over.
type Room struct {
	registry *Registry
	name     string
	alarm    *alarm
	leases   *leases
	// live is set while the room is loaded and not dead. Whoever sees it set needs
	// no lock to go on, and so waits for no journal.
	live atomic.Bool

	// write is held by whoever changes the room; it guards the fields up to mu.
	write  sync.Mutex
	loaded bool
	dead   bool
	begun  bool // counted by Registry.admit
	log    journal.Log
	seq    uint64 // of the last record that was applied
	// records is how many were stored since the last snapshot.
	records int

	// mu guards the session and the hub. To change them one needs write as well,
	// so whoever holds write reads them freely.
	mu      sync.RWMutex
	session *model.Session
	hub     *sse.Hub // nil until the session has begun
	guests  guests
	// moves counts the comings and goings of peers, for the streams.
	moves uint64
}

func newRoom(g *Registry, name string) *Room {
	r := &Room{registry: g, name: name, session: model.NewSession(g.config.Limits), guests: guests{}}
	r.alarm = &alarm{registry: g, ring: r.ring}
	r.leases = newLeases(g, r.alarm)
	return r
}

// load reads the room from the journal, once.
func (r *Room) load(ctx context.Context) error {
	if r.live.Load() {
		return nil
	}
	r.write.Lock()
	defer r.write.Unlock()
	switch {
	case r.dead:
		return errDead
	case r.loaded:
		return nil
	}
	log, err := r.registry.config.Journal.Open(ctx, r.name, r.wake)
	if err != nil {
		r.dead = true // whoever comes next begins with a new Room
		r.registry.forget(r)
		return err
	}
	r.log = log
	if err := r.catchUpLocked(ctx); err != nil {
		r.dieLocked()
		return err
	}
	r.loaded = true
	r.live.Store(true)
	return nil
}

// wake is told that somebody else has written. The journal of one process never
// has anybody else; one of many nodes will have its follower here.
func (r *Room) wake() {}

// do is the one way by which a session changes. The change is nil when there was
// nothing to change.
func (r *Room) do(ctx context.Context, m model.Mutation) (*model.Change, error) {
	r.write.Lock()
	defer r.write.Unlock()
	return r.doLocked(ctx, m)
}

func (r *Room) doLocked(ctx context.Context, m model.Mutation) (*model.Change, error) {
	for {
		if r.dead {
			return nil, errDead
		}
		change, err := r.session.Decide(m)
		if err != nil || change == nil {
			return nil, err
		}
		seq, err := r.log.Append(ctx, r.seq, change)
		if errors.Is(err, journal.ErrBehind) {
			if err := r.catchUpLocked(ctx); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, unavailable(fmt.Errorf("append to room %s: %w", r.name, err))
		}
		r.applyLocked(seq, change)
		r.compactLocked(ctx)
		return change, nil
	}
}

// catchUpLocked applies what others have stored.
func (r *Room) catchUpLocked(ctx context.Context) error {
	records, err := r.log.Read(ctx, r.seq)
	if err != nil {
		return unavailable(fmt.Errorf("read room %s: %w", r.name, err))
	}
	for _, record := range records {
		r.applyLocked(record.Seq, record.Change)
		if r.dead { // what follows is another session, and another Room
			break
		}
	}
	return nil
}

// minRecords is how many changes a journal keeps at least before a snapshot
// takes their place; a larger session may have as many as it has parts, so that
// a snapshot costs no more than what it replaces.
const minRecords = 64

func (r *Room) compactLocked(ctx context.Context) {
	keys, _ := r.session.Size()
	if r.dead || r.records < max(minRecords, keys+r.session.PeerCount()) {
		return
	}
	seq, err := r.log.Compact(ctx, r.seq, r.session.Snapshot(r.now()))
	if err != nil {
		// Nothing is lost by it; the next change tries again.
		r.registry.config.Log.Warn("snapshot of a room failed", "room", r.name, "error", err)
		return
	}
	r.seq, r.records = seq, 0
}

// applyLocked makes the session what it is after the change, and tells the
// streams. It is the only place that does.
func (r *Room) applyLocked(seq uint64, change *model.Change) {
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
	r.endStreamsLocked(change)
	r.session.Apply(change)
	r.publishLocked(change, update)
	r.watchLocked(change)
	// An end that is read while the room is loaded is that of a session before.
	if change.Ends && r.loaded {
		r.dieLocked()
	}
	r.tallyLocked(before)
}

// publishLocked tells the streams of the change.
func (r *Room) publishLocked(change *model.Change, update *sse.Frame) {
	if change.Begins {
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
	if len(change.Joined)+len(change.Left) > 0 {
		r.moves++
		if r.hub.Watched() {
			peers = peersFrameOf(r.moves, change)
		}
	}
	r.hub.Publish(sse.News{Revision: change.Revision, Update: update, Moves: r.moves, Peers: peers})
}

// watchLocked begins leases, gives streams new filters, and sets the alarm for
// what the change lets expire.
func (r *Room) watchLocked(change *model.Change) {
	for _, peer := range change.Joined {
		r.leases.begin(peer.ID)
		if peer.Renewed > 0 {
			r.regrantLocked(peer)
		}
		if peer.Grants != nil && peer.Grants.Expires != 0 {
			r.alarm.by(peer.Grants.Expires.Std())
		}
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

// endStreamsLocked comes before the session is changed: a stream that then asks
// what it has missed finds that it has ended.
func (r *Room) endStreamsLocked(change *model.Change) {
	for _, departure := range change.Left {
		for _, stream := range r.leases.end(departure.Peer) {
			stream.End(string(departure.Reason))
		}
	}
	if change.Ends {
		r.guests.endAll()
	}
}

// dieLocked lets go of everything; write is held, and mu as well if the room
// ever had a session.
func (r *Room) dieLocked() {
	r.dead = true
	r.live.Store(false)
	r.alarm.stop()
	r.registry.forget(r)
	r.log.Close()
}

// dropIfEmpty lets go of a room that was only asked for.
func (r *Room) dropIfEmpty() {
	if r.hasSession() {
		return
	}
	r.write.Lock()
	defer r.write.Unlock()
	if !r.dead && r.session.ID() == "" {
		r.dieLocked()
	}
}

// close lets go of the room and leaves its session in the journal.
func (r *Room) close() {
	r.write.Lock()
	defer r.write.Unlock()
	if r.dead || !r.loaded {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dieLocked()
}

func (r *Room) closeStreams() {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.hub != nil {
		r.hub.Close()
	}
}

func (r *Room) now() model.Time { return model.TimeOf(r.registry.config.Now()) }

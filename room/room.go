package room

import (
	"context"
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

	// queue has those who wait for write.
	queue queue
	// woken is set while a goroutine is about to look at what others have written.
	woken atomic.Bool
	// refreshes are the looks at the journal that somebody waits for.
	refreshes refreshes

	// write is held by whoever changes the room; it guards the fields up to mu.
	write  sync.Mutex
	loaded bool
	dead   bool
	begun  bool // counted by Registry.admit
	unsure bool // an append has failed, and may have been stored all the same
	log    journal.Log
	seq    uint64 // of the last record that was applied
	// records is how many changes were stored since the last snapshot, and compactAt
	// how many there must be for the next.
	records, compactAt int
	// ahead is a copy of the session, with the changes in it that are about to be
	// stored; or nil.
	ahead *model.Session

	// mu guards the session and the hub. To change them one needs write as well,
	// so whoever holds write reads them freely.
	mu      sync.RWMutex
	session *model.Session
	hub     *sse.Hub // nil until the session has begun
	guests  guests
	// moves counts the comings and goings of peers, for the streams.
	moves  uint64
	roster roster
	recall recall
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
	if !r.registry.nodes.alone() {
		r.alarm.by(r.registry.config.Now().Add(r.registry.config.PeerTimeout)) // to unload it
	}
	// What has expired while nobody had the room open must not be shown. If it
	// cannot be written down now, the alarm tries again.
	if due := r.session.Due(); due != 0 && due <= r.now() {
		if _, err := r.doLocked(ctx, model.Expire{At: r.now()}); err != nil {
			r.complain("removing what has expired failed", err)
		}
		if r.dead {
			return errDead
		}
	}
	return nil
}

// minRecords is how many changes a journal keeps at least before a snapshot
// takes their place. A larger session may have as many as it has keys and half as it
// has peers: then a snapshot costs about what it replaces, and a room that only fills
// up, whose records are as large as its peers, is not held twice in memory.
const minRecords = 64

func (r *Room) compactLocked(ctx context.Context) {
	if r.dead || r.records < minRecords || r.records < r.compactAt {
		return
	}
	keys, _ := r.session.Size()
	if r.records < keys+r.session.PeerCount()/2 {
		return
	}
	r.ahead = nil
	seq, err := r.log.Compact(ctx, r.seq, r.session.Snapshot(r.now()))
	if err != nil {
		// Nothing is lost by it; it is tried again later.
		r.compactAt = 2 * r.records
		r.registry.stats.Journal.SnapshotsFailed.Add(1)
		r.registry.config.Log.Warn("snapshot of a room failed", "room", r.name, "error", err)
		return
	}
	r.seq, r.records, r.compactAt = seq, 0, 0
	r.registry.stats.Journal.Snapshots.Add(1)
}

// closeOrReopen ends the streams, and those that are opened later, or lets them be opened
// again, as it is to be now: of two who call it, the last has seen what both have said.
func (r *Room) closeOrReopen() {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.hub == nil:
	case r.registry.isClosing():
		r.hub.Close()
	default:
		r.hub.Reopen()
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
	r.uncountLocked()
}

// dropIfEmpty lets go of a room that was only asked for. One that is unsure is let go of
// when it has looked: see unloadLocked.
func (r *Room) dropIfEmpty() {
	if r.hasSession() {
		return
	}
	r.write.Lock()
	defer r.write.Unlock()
	if !r.dead && r.session.ID() == "" && (!r.unsure || r.registry.nodes.alone()) {
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

func (r *Room) now() model.Time { return model.TimeOf(r.registry.config.Now()) }

package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"session-store/journal"
	"session-store/model"
	"session-store/sse"
	"session-store/trace"
)

// Config is what rooms are run with. Journal and NewSessionID must be set; the
// zero value of everything else is filled by NewRegistry.
type Config struct {
	Journal journal.Journal
	// NewSessionID makes an id of letters and digits, never the same twice.
	NewSessionID func() string
	// Limits of each session; those that are zero are the contract's.
	Limits model.Limits
	// PeerTimeout is how long a peer without a stream may be silent; 30 s.
	PeerTimeout time.Duration
	// WriteRate is how many writes a second a peer may do; 0 is no bound.
	WriteRate float64
	// MaxRooms and MaxStreams bound what this node has open, MaxPeerStreams what
	// one peer has; 0 is no bound. The peers of a room are in Limits.
	MaxRooms, MaxStreams, MaxPeerStreams int
	// MaxUnread bounds the bytes that wait in memory because readers do not take
	// them, by closing the streams that have waited the longest; 0 is no bound.
	MaxUnread int

	// Pump brings events to the streams; nil lets each stream have a goroutine.
	Pump *sse.Pump
	// Tracer has a span for each step of a write; nil has none.
	Tracer *trace.Tracer
	Now    func() time.Time
	Log    *slog.Logger
}

func (c Config) withDefaults() Config {
	defaults := model.DefaultLimits()
	c.Limits.ValueBytes = orElse(c.Limits.ValueBytes, defaults.ValueBytes)
	c.Limits.Keys = orElse(c.Limits.Keys, defaults.Keys)
	c.Limits.TotalBytes = orElse(c.Limits.TotalBytes, defaults.TotalBytes)
	c.PeerTimeout = orElse(c.PeerTimeout, 30*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Registry has the rooms that are open on this node.
type Registry struct {
	config Config
	nodes  *nodes
	stats  Stats

	// mu guards the map and what follows. A room is in the map until it is dead.
	mu      sync.Mutex
	rooms   map[string]*Room
	begun   int  // rooms whose session began here, or is about to
	closing bool // streams are ended
	cutOff  bool // so are they, until the journal is back
	closed  bool // no room is opened any more

	// timers counts the callbacks of lease timers that are armed or running.
	timers sync.WaitGroup
	// background counts the goroutines that follow other nodes.
	background sync.WaitGroup
}

// NewRegistry is a registry without rooms. Close must be called in the end.
func NewRegistry(config Config) *Registry {
	config = config.withDefaults()
	g := &Registry{
		config: config, nodes: newNodes(config.Journal.Node(), config.Now(), config.PeerTimeout), rooms: make(map[string]*Room),
	}
	g.stats.Journal.begin()
	g.stats.SSE.Backlog.Most = config.MaxUnread
	return g
}

// Limits are those of every session.
func (g *Registry) Limits() model.Limits { return g.config.Limits }

// Ready reports why no requests should be sent here at the moment, or nil.
func (g *Registry) Ready() error {
	g.mu.Lock()
	closing := g.closing
	g.mu.Unlock()
	if closing {
		return errors.New("the server is going down")
	}
	return g.config.Journal.Ready()
}

// errDead is the answer of a room whose session is over, or that this node has let go of,
// to somebody who still holds it: look the room up again.
var errDead = errors.New("this room is not open here any more")

var errCutOff = errors.New("this node is cut off from the journal")

// Join puts a peer into the room, and begins a session if there is none.
func (g *Registry) Join(ctx context.Context, name string, peer model.Peer) (caller *Caller, err error) {
	peer.Node = g.nodes.self
	return g.call(ctx, name, func(r *Room) (*Caller, error) { return r.join(ctx, peer) })
}

// Administer gives the caller that an application's own JWT stands for: an admin
// that is no peer. Without a session there is nothing to do: RoomNotFound.
func (g *Registry) Administer(ctx context.Context, name, as string, grants *model.Grants) (*Caller, error) {
	return g.call(ctx, name, func(r *Room) (*Caller, error) {
		return &Caller{room: r, name: as, grants: grants}, r.visit(ctx)
	})
}

// Enter gives the caller that a token stands for, and counts as a sign of life
// of the peer. An unknown token, and a room without a session, are an
// Unauthorized error: a stranger cannot find out which rooms there are.
func (g *Registry) Enter(ctx context.Context, name, peer string, token model.TokenHash) (*Caller, error) {
	return g.call(ctx, name, func(r *Room) (*Caller, error) { return r.enter(ctx, peer, token) })
}

// call lets somebody into the room, or into the one that has its name after it.
func (g *Registry) call(ctx context.Context, name string, enter func(*Room) (*Caller, error)) (*Caller, error) {
	for {
		// Who is heard here is not heard of elsewhere, and removed in the end.
		if g.CutOff() && g.config.Journal.Ready() != nil {
			return nil, unavailable(errCutOff)
		}
		r, err := g.open(ctx, name)
		if err != nil {
			return nil, err
		}
		caller, err := enter(r)
		switch {
		case err == nil:
			return caller, nil
		case errors.Is(err, errDead):
			continue
		}
		r.dropIfEmpty() // nobody else would
		return nil, err
	}
}

// open finds the room, or takes it out of the journal.
func (g *Registry) open(ctx context.Context, name string) (*Room, error) {
	for {
		g.mu.Lock()
		r := g.rooms[name]
		if r == nil {
			if g.closed {
				g.mu.Unlock()
				return nil, unavailable(journal.ErrClosed)
			}
			r = newRoom(g, name)
			g.rooms[name] = r
		}
		g.mu.Unlock()
		if err := r.load(ctx); errors.Is(err, errDead) {
			continue
		} else if err != nil {
			return nil, unavailable(fmt.Errorf("open room %s: %w", name, err))
		}
		return r, nil
	}
}

// admit counts one more room with a session, unless there are as many as there may
// be.
func (g *Registry) admit() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if most := g.config.MaxRooms; most > 0 && g.begun >= most {
		return model.LimitError(model.Unavailable, most, g.begun+1, "this server has as many rooms as it takes: %d", most)
	}
	g.begun++
	return nil
}

func (g *Registry) forget(r *Room) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.begun {
		g.begun--
		r.begun = false
	}
	if g.rooms[r.name] == r {
		delete(g.rooms, r.name)
	}
}

// CloseStreams ends all streams, and those that are opened later, without an end
// event: the node goes down, the sessions may live on elsewhere.
func (g *Registry) CloseStreams() {
	g.mu.Lock()
	g.closing = true
	g.mu.Unlock()
	for _, r := range g.all() {
		r.closeOrReopen()
	}
}

// setCutOff ends all streams and those that are opened later, or undoes it. It
// reports whether that was another state.
func (g *Registry) setCutOff(cutOff bool) (changed bool) {
	g.mu.Lock()
	changed = g.cutOff != cutOff
	g.cutOff = cutOff
	g.mu.Unlock()
	if changed {
		for _, r := range g.all() {
			r.closeOrReopen()
		}
	}
	return changed
}

// isClosing reports whether streams are to be sent away.
func (g *Registry) isClosing() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closing || g.cutOff
}

func (g *Registry) isOpen(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rooms[name] != nil
}

func (g *Registry) all() []*Room {
	g.mu.Lock()
	defer g.mu.Unlock()
	rooms := make([]*Room, 0, len(g.rooms))
	for _, r := range g.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}

// Close ends the streams and lets go of the rooms; sessions stay in the journal.
// After it has returned no timer of a room is armed and no callback runs. The
// caller must have stopped all calls before.
func (g *Registry) Close() {
	g.CloseStreams()
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	for _, r := range g.all() {
		r.close()
	}
	g.timers.Wait()
	g.background.Wait()
}

// unavailable marks an error of the journal for the caller, and keeps it for the
// log.
func unavailable(err error) error {
	return fmt.Errorf("%w: %w", model.Errorf(model.Unavailable, "the room cannot be reached at the moment: try again"), err)
}

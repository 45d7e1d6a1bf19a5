package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"session-store/journal"
)

// arrivals is how many messages may wait to be given to their logs. That takes
// less time than to receive them, so a queue that is full is that of a process
// which stood still; it then reads what it has missed.
const arrivals = 8192

// follower hears what the nodes store, and looks after what may have been missed:
// NATS tells a message once, and to whom it can. All subscriptions share one
// channel and one goroutine.
type follower struct {
	stream   *stream
	conn     *nats.Conn
	replicas int           // of a stream that is made
	hungUp   chan struct{} // closed when the connection is, for good
	inbox    string        // for the answers to the audit
	arrive   chan *nats.Msg
	members  members
	// missed is set when something may have been missed by all.
	missed atomic.Bool

	cancel context.CancelFunc
	group  sync.WaitGroup
}

func newFollower(s *stream) *follower {
	return &follower{
		stream: s, hungUp: make(chan struct{}), inbox: nats.NewInbox(),
		arrive: make(chan *nats.Msg, arrivals), members: newMembers(s.id),
	}
}

// join subscribes to what concerns all rooms. A user who may not is told so now.
func (f *follower) join() error {
	if _, err := f.conn.ChanSubscribe(f.inbox, f.arrive); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	if _, err := f.conn.Subscribe(f.stream.nodes+"*", f.beat); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	if err := f.conn.FlushTimeout(patience); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	if err := f.conn.LastError(); errors.Is(err, nats.ErrPermissionViolation) {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

func (f *follower) start() {
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	f.say(f.conn, "hello")
	f.group.Go(func() { f.receive(ctx) })
	f.group.Go(func() { f.tend(ctx) })
	f.group.Go(func() { f.watch(ctx) })
}

// stop ends all of it, and tells the other nodes.
func (f *follower) stop() error {
	f.stream.link.set(nil, journal.ErrClosed)
	f.say(f.conn, "bye")
	_ = f.conn.FlushTimeout(time.Second) // whoever does not hear it will notice
	f.cancel()
	f.hangUp()
	f.group.Wait()
	return nil
}

func (f *follower) hangUp() {
	f.conn.Close()
	<-f.hungUp
}

// follow begins to hear of a room.
func (f *follower) follow(l *log) error {
	sub, err := f.conn.ChanSubscribe(f.stream.heardRoom(l.room), f.arrive)
	if err != nil {
		return fmt.Errorf("subscribe to room %s: %w", l.room, err)
	}
	l.sub = sub
	return nil
}

func (f *follower) receive(ctx context.Context) {
	for {
		select {
		case msg := <-f.arrive:
			f.deliver(msg)
		case <-ctx.Done():
			return
		}
	}
}

// deliver gives a record to the logs of its room. It is one that was told of as it
// was stored, or the answer to a question of the audit.
func (f *follower) deliver(msg *nats.Msg) {
	seq, err := strconv.ParseUint(first(msg.Header, nats.JSSequence), 10, 64)
	if err != nil {
		return // nothing newer is stored: the usual answer to the audit
	}
	subject := first(msg.Header, "Nats-Subject")
	room, found := strings.CutPrefix(subject, f.stream.names.rooms)
	if !found {
		return
	}
	record := storedOf(seq, msg.Header, msg.Data)
	for _, l := range f.stream.rooms.of(roomOf(room)) {
		if msg.Subject == f.inbox {
			l.miss(record)
		} else {
			l.hear(record)
		}
	}
}

func (f *follower) disconnected(conn *nats.Conn, err error) {
	if err == nil {
		err = errors.New("the connection was closed")
	}
	f.members.pause()
	if errors.Is(f.stream.link.err(), journal.ErrClosed) {
		return
	}
	f.stream.link.set(conn, fmt.Errorf("not connected to NATS: %w", err))
	f.stream.log.Warn("not connected to NATS", "error", err)
}

func (f *follower) reconnected(conn *nats.Conn) {
	f.members.resume(time.Now())
	f.missed.Store(true)
	// Before anybody is let in here: while the others take this node for gone, they count
	// the time of its peers from when they came, streams or not.
	f.say(conn, "hello")
	f.stream.link.set(conn, nil)
	f.stream.log.Warn("connected to NATS again", "server", conn.ConnectedUrlRedacted())
}

// failed hears of what goes wrong without a caller.
func (f *follower) failed(_ *nats.Conn, sub *nats.Subscription, err error) {
	if sub == nil || !errors.Is(err, nats.ErrSlowConsumer) {
		f.stream.log.Error("nats", "error", err)
		return
	}
	if room, found := strings.CutPrefix(sub.Subject, f.stream.names.heard); found {
		for _, l := range f.stream.rooms.of(roomOf(room)) {
			l.suspect()
		}
	}
	f.missed.Store(true)
}

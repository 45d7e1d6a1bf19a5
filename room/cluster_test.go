package room_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/journal"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
)

// cluster is several nodes that share one journal, in the time of a bubble.
type cluster struct {
	*testing.T
	records journal.Journal

	mu    sync.Mutex
	nodes []*member
	// away says that none of them reaches the journal; clock is the one of all.
	away  bool
	clock clock
}

// member is the journal as one node has it.
type member struct {
	journal.Journal
	name    string
	cluster *cluster

	// The cluster's mutex guards what follows. gone is a node that is dead, cut one
	// that is cut off, deaf one that is not woken but by an audit, unaudited one that
	// is not even then.
	gone, cut, deaf, unaudited bool
	// mute is one that the others do not hear, unready one that does not reach the
	// journal and is heard, lossy one that is not answered when it has stored something,
	// narrow one whose journal takes no record.
	mute, unready, lossy, narrow bool

	wakes   []func(audit bool)
	appends int
}

// clustered runs a test on as many nodes; each of them has Run running.
func clustered(t *testing.T, count int, test func(c *cluster, nodes []*clusterNode)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{T: t, records: memory.New()}
		var nodes []*clusterNode
		for range count {
			nodes = append(nodes, c.start())
		}
		time.Sleep(11 * time.Second) // the nodes have got to know each other
		test(c, nodes)
		for _, n := range nodes {
			n.stop()
		}
	})
}

// clusterNode is a node of a cluster.
type clusterNode struct {
	*node
	member *member
	stop   func()
}

// start begins one more node.
func (c *cluster) start() *clusterNode {
	c.mu.Lock()
	m := &member{Journal: c.records, name: string(rune('A' + len(c.nodes))), cluster: c}
	c.nodes = append(c.nodes, m)
	c.mu.Unlock()
	rooms := room.NewRegistry(room.Config{Journal: m, NewSessionID: auth.NewSessionID, Now: c.clock.now})
	ctx, cancel := context.WithCancel(c.Context())
	var group sync.WaitGroup
	group.Go(func() { rooms.Run(ctx) })
	group.Go(func() { m.audit(ctx) })
	stop := sync.OnceFunc(func() {
		c.set(func() { m.gone = true })
		cancel()
		group.Wait()
		begin := time.Now()
		rooms.Close()
		if waited := time.Since(begin); waited > 0 {
			c.Errorf("a timer was left that no room knew of: Close waited %v for it", waited)
		}
	})
	return &clusterNode{&node{c.T, rooms}, m, stop}
}

// set changes what the nodes can do, and wakes those that can hear again.
func (c *cluster) set(change func()) {
	c.mu.Lock()
	change()
	c.mu.Unlock()
	for _, m := range c.nodes {
		m.wakeAll(false)
	}
}

// appends is how many records the nodes have stored.
func (c *cluster) appends() (count int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.nodes {
		count += m.appends
	}
	return count
}

// audit makes up for what a node was not woken for, as late as a journal may.
func (m *member) audit(ctx context.Context) {
	ticker := time.NewTicker(7500 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.wakeAll(true)
		case <-ctx.Done():
			return
		}
	}
}

func (m *member) wakeAll(audit bool) {
	m.cluster.mu.Lock()
	wakes := slices.Clone(m.wakes)
	m.cluster.mu.Unlock()
	for _, wake := range wakes {
		wake(audit)
	}
}

func (m *member) Open(ctx context.Context, name string, wake func()) (journal.Log, error) {
	if err := m.Ready(); err != nil {
		return nil, err
	}
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	closed := false
	wakeIfHeard := func(audit bool) {
		m.cluster.mu.Lock()
		defer m.cluster.mu.Unlock()
		if !closed && !m.gone && !m.cut && !m.cluster.away && (!m.deaf || audit && !m.unaudited) {
			wake()
		}
	}
	m.wakes = append(m.wakes, wakeIfHeard)
	log, err := m.Journal.Open(ctx, name, func() {
		go wakeIfHeard(false) // "by any goroutine and with any delay"
	})
	return &memberLog{log, m, func() {
		m.cluster.mu.Lock()
		defer m.cluster.mu.Unlock()
		closed = true
	}}, err
}

func (m *member) Rooms(ctx context.Context) iter.Seq2[string, error] { return m.Journal.Rooms(ctx) }

func (m *member) Node() string { return m.name }

func (m *member) Nodes() (alive []string) {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	for _, other := range m.cluster.nodes {
		if other != m && !other.gone && !other.cut && !other.mute {
			alive = append(alive, other.name)
		}
	}
	return alive
}

func (m *member) Ready() error {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	if m.cut || m.unready || m.cluster.away {
		return errors.New("cut off")
	}
	return nil
}

type memberLog struct {
	journal.Log
	member *member
	close  func()
}

func (l *memberLog) Append(ctx context.Context, after uint64, changes []*model.Change) (uint64, error) {
	if err := l.member.Ready(); err != nil {
		return 0, err
	}
	l.member.cluster.mu.Lock()
	narrow := l.member.narrow
	l.member.cluster.mu.Unlock()
	if narrow {
		return 0, journal.ErrTooLarge
	}
	seq, err := l.Log.Append(ctx, after, changes)
	if err != nil {
		return 0, err
	}
	l.log(changes)
	l.member.cluster.mu.Lock()
	defer l.member.cluster.mu.Unlock()
	l.member.appends++
	if l.member.lossy {
		return 0, errors.New("nobody knows whether it was stored")
	}
	return seq, nil
}

// log is for whoever looks for the reason of a failure.
func (l *memberLog) log(changes []*model.Change) {
	for _, change := range changes {
		for _, peer := range change.Joined {
			l.member.logf("%s joins", peer.ID)
		}
		for _, move := range change.Moved {
			l.member.logf("%q answers for %s", move.Node, move.Peer)
		}
		for _, departure := range change.Left {
			l.member.logf("%s goes: %s", departure.Peer, departure.Reason)
		}
	}
}

func (m *member) logf(format string, args ...any) {
	m.cluster.Logf("%s at %s: %s", time.Now().Format("15:04:05.000"), m.name, fmt.Sprintf(format, args...))
}

func (l *memberLog) Read(ctx context.Context, after uint64) ([]journal.Record, error) {
	if err := l.member.Ready(); err != nil {
		return nil, err
	}
	return l.Log.Read(ctx, after)
}

func (l *memberLog) Close() {
	l.close()
	l.Log.Close()
}

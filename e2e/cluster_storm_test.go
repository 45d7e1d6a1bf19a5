package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"session-store/e2e/peer"
)

const (
	stormRooms      = 3
	stormWriters    = 6
	stormObservers  = 60
	stormHeartbeats = 6
	// stormPeerTimeout is short, so that the silent are removed while the storm goes on.
	stormPeerTimeout = 10 * time.Second
	// goneWithin is how long they may take on top of it, once all is well: a node that
	// has died is named for 6 s more, and what was not heard of is found out after 7.5 s.
	goneWithin = 25 * time.Second
)

// storm is a cluster in bad weather, and its clients.
type storm struct {
	*cluster
	t      *testing.T
	seed   uint64
	calls  *http.Client
	faults atomic.Int64

	histories  []*history // one a room
	writers    []*writer
	observers  []*observer
	heartbeats []*member
	crowd      crowd
}

// Three NATS servers and three nodes are killed, stopped and cut off at random, under
// writers with conditions and observers that go from node to node: each session is
// one order without holes, nothing that was answered is lost, who was alive is there,
// and each observer ends equal to the store, without a second snapshot.
//
// SESSION_STORE_CLUSTER_SECONDS is how long that goes on, SESSION_STORE_CLUSTER_SEED
// lets the same be done again.
func TestClusterInAStorm(t *testing.T) {
	t.Parallel()
	length := time.Duration(fromEnv(t, "SESSION_STORE_CLUSTER_SECONDS", 40)) * time.Second
	seed := fromEnv(t, "SESSION_STORE_CLUSTER_SEED", rand.IntN(1_000_000))
	t.Logf("seed %d", seed)
	s := newStorm(t, uint64(seed))
	ctx, cancel := context.WithCancel(t.Context())
	writing, stopWriting := context.WithCancel(ctx)
	vanishing, stopVanishing := context.WithCancel(ctx)
	var writers, observers, others sync.WaitGroup
	defer func() { cancel(); writers.Wait(); observers.Wait(); others.Wait() }()
	for _, w := range s.writers {
		writers.Go(func() { w.run(writing) })
	}
	for _, o := range s.observers {
		observers.Go(func() { o.run(ctx) })
	}
	for _, m := range s.heartbeats {
		others.Go(func() { m.beat(ctx) })
	}
	others.Go(func() { s.vanish(vanishing) })

	w := &weather{cluster: s.cluster, random: s.randomOf(0), counts: make(map[string]int)}
	begin := time.Now()
	w.blow(t, length)
	took := time.Since(begin)
	stopVanishing()
	s.awaitReady(t, goneWithin)
	s.awaitGone()
	stopWriting()
	writers.Wait()
	s.writeLast(ctx)
	if !isDoneWithin(&observers, patience) {
		t.Error("not all observers are told of the last write")
		cancel()
		observers.Wait()
	}
	s.check()
	t.Logf("%.0f s with %v; %v", took.Seconds(), w, s)
	cancel()
	others.Wait()
	s.leave(context.WithoutCancel(ctx))
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: %q is no number", name, text)
	}
	return n
}

func newStorm(t *testing.T, seed uint64) *storm {
	t.Helper()
	s := &storm{
		cluster: newCluster(t, 3, "--peer-timeout", stormPeerTimeout.String()), t: t, seed: seed,
		calls: &http.Client{Timeout: callTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
		crowd: crowd{peers: make(map[string]*known)},
	}
	t.Cleanup(s.calls.CloseIdleConnections)
	for i := range stormRooms {
		s.histories = append(s.histories, newHistory(fmt.Sprint("storm.", i), s.fault))
	}
	for i := range stormWriters {
		s.writers = append(s.writers, &writer{member: s.newMember(1, i), name: fmt.Sprint("w", i)})
	}
	soft, hard := streamClient(false), streamClient(true)
	for i := range stormObservers {
		o := &observer{member: s.newMember(2, i), streams: soft, leaves: i%10 == 0}
		if i%2 == 0 {
			o.streams = hard
		}
		s.observers = append(s.observers, o)
	}
	for i := range stormHeartbeats {
		s.heartbeats = append(s.heartbeats, s.newMember(3, i))
	}
	return s
}

// randomOf makes what somebody does at random the same again with the same seed.
func (s *storm) randomOf(who int) *rand.Rand { return rand.New(rand.NewPCG(s.seed, uint64(who))) }

func (s *storm) newMember(kind, i int) *member {
	history := s.histories[i%stormRooms]
	p := s.join(s.t.Context(), s.nodes[i/stormRooms%len(s.nodes)].url, history.room)
	if p == nil {
		s.t.Fatal("a node that is ready lets nobody in")
	}
	history.session = p.Session
	return &member{Peer: p, storm: s, history: history, random: s.randomOf(1000*kind + i)}
}

// join gives a new peer, or nil: then one may have been made that nobody knows.
func (s *storm) join(ctx context.Context, base, room string) *peer.Peer {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p, err := peer.Join(ctx, base, room)
	if err != nil {
		if text := err.Error(); strings.Contains(text, ": status ") && !strings.Contains(text, ": status 503") {
			s.fault("%v", err)
		}
		return nil
	}
	p.HTTP = s.calls
	s.crowd.add(p.ID, room, begin)
	return p
}

// fault is something that must not be. Many look alike, so only the first are shown.
func (s *storm) fault(format string, args ...any) {
	if s.faults.Add(1) <= 20 {
		s.t.Errorf(format, args...)
	}
}

func isDoneWithin(group *sync.WaitGroup, within time.Duration) bool {
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(within):
		return false
	}
}

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// neighbour is a well-behaved client beside an attack: it writes, waits for each write
// on its own stream, and now and then calls over a new connection, as one who comes
// just now. Nothing of what it does may fail.
type neighbour struct {
	t        *testing.T
	writer   *peer.Peer
	newcomer *peer.Peer
	stream   *peer.Stream
	replica  peer.Replica
}

// writeEvery and newcomerEvery are the pace of a neighbour. What takes longer holds up
// those after it, whose time counts from when they were due.
const (
	writeEvery    = 4 * time.Millisecond
	newcomerEvery = 10 * writeEvery
	// neighbourPatience is what a user has.
	neighbourPatience = 5 * time.Second
)

// felt is what a neighbour felt, in milliseconds.
type felt struct {
	Writes int     `json:"writes"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	// NewcomerP99 is that of calls over a new connection.
	NewcomerP99 float64 `json:"newcomer_p99_ms"`
}

func newNeighbour(t *testing.T, base string) *neighbour {
	t.Helper()
	n := &neighbour{t: t, writer: join(t, base, "neighbour")}
	n.use(n.writer)
	return n
}

// use makes the peer the one that writes.
func (n *neighbour) use(p *peer.Peer) {
	n.t.Helper()
	// Connections of its own: those of other tests must not be mistaken for them.
	transport := &http.Transport{}
	fresh := &http.Transport{DisableKeepAlives: true}
	n.t.Cleanup(transport.CloseIdleConnections)
	p.HTTP = &http.Client{Transport: transport}
	newcomer := *p
	newcomer.HTTP = &http.Client{Transport: fresh, Timeout: neighbourPatience}
	n.writer, n.newcomer = p, &newcomer
	stream, err := p.Observe(n.t.Context(), "*", "")
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(stream.Close)
	n.stream = stream
	n.next()
	n.write() // for newcomers to find
}

// next is the next event, which has to come.
func (n *neighbour) next() peer.Event {
	n.t.Helper()
	late := time.AfterFunc(neighbourPatience, n.stream.Close)
	defer late.Stop()
	event, err := n.stream.Next()
	if err == nil {
		err = n.replica.Apply(event)
	}
	if err != nil {
		n.t.Fatalf("the neighbour's stream: %v", err)
	}
	return event
}

func (n *neighbour) measure(length time.Duration) felt {
	n.t.Helper()
	return n.measureUntil(length, nil, nil)
}

// measureUntil measures for the length, and until what happens has happened; nil is
// at once.
func (n *neighbour) measureUntil(length time.Duration, happens <-chan struct{}, ended <-chan error) felt {
	n.t.Helper()
	var wrote []time.Duration
	came := n.newcomers()
	defer came() // where the test ends in the middle
	for begin, due := time.Now(), time.Now(); time.Since(begin) < length || happens != nil; due = due.Add(writeEvery) {
		begun := await(due)
		n.write()
		wrote = append(wrote, time.Since(begun))
		select {
		case <-happens:
			happens = nil
		case err := <-ended:
			n.t.Fatalf("the attack has ended by itself: %v", err)
		default:
		}
	}
	return felt{
		Writes: len(wrote), P50: milliseconds(wrote, 50), P99: milliseconds(wrote, 99), NewcomerP99: milliseconds(came(), 99),
	}
}

// write returns when the event of the write has come.
func (n *neighbour) write() {
	n.t.Helper()
	answer, err := n.writer.Put(n.t.Context(), "k", `"a value of a usual size"`)
	if err != nil || answer.Status >= 300 {
		n.t.Fatalf("the neighbour's write: %d, %v: %s", answer.Status, err, answer.Body)
	}
	if event := n.next(); !strings.HasSuffix(event.ID, "-"+answer.Field("revision")) {
		n.t.Fatalf("the neighbour wrote revision %s, and was told of %s", answer.Field("revision"), event.ID)
	}
}

// come is a call over a new connection.
func (n *neighbour) come() error {
	answer, err := n.newcomer.Call(n.t.Context(), http.MethodGet, "/store/k", "")
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("%d: %s", answer.Status, answer.Body)
	}
	return err
}

// newcomers call over new connections, one after the other, until they are stopped; then
// how long each call has taken is known.
func (n *neighbour) newcomers() (stop func() []time.Duration) {
	n.t.Helper()
	ctx, cancel := context.WithCancel(n.t.Context())
	var group sync.WaitGroup
	var took []time.Duration
	group.Go(func() {
		for due := time.Now(); ctx.Err() == nil; due = due.Add(newcomerEvery) {
			begun := await(due)
			if err := n.come(); err != nil {
				n.t.Errorf("a newcomer's call: %v", err)
				return
			}
			took = append(took, time.Since(begun))
		}
	})
	return func() []time.Duration {
		cancel()
		group.Wait()
		return took
	}
}

// await returns when something is due, with the time that it counts from: that moment if it
// has passed, as what was before it has taken so long, else when the sleep was over.
func await(due time.Time) time.Time {
	wait := time.Until(due)
	if wait <= 0 {
		return due
	}
	time.Sleep(wait)
	return time.Now()
}

// milliseconds is a percentile.
func milliseconds(took []time.Duration, percent int) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return float64(took[len(took)*percent/100].Microseconds()) / 1000
}

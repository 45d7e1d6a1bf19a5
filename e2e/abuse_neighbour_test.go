package e2e_test

import (
	"net/http"
	"slices"
	"strings"
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

// writeEvery and newcomerEvery are the pace of a neighbour.
const (
	writeEvery    = 4 * time.Millisecond
	newcomerEvery = 10 // writes
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
	var wrote, came []time.Duration
	pace := time.NewTicker(writeEvery)
	defer pace.Stop()
	for begin := time.Now(); time.Since(begin) < length || happens != nil; {
		wrote = append(wrote, n.write())
		if len(wrote)%newcomerEvery == 0 {
			came = append(came, n.come())
		}
		select {
		case <-happens:
			happens = nil
		case err := <-ended:
			n.t.Fatalf("the attack has ended by itself: %v", err)
		default:
		}
		<-pace.C
	}
	return felt{
		Writes: len(wrote), P50: milliseconds(wrote, 50), P99: milliseconds(wrote, 99), NewcomerP99: milliseconds(came, 99),
	}
}

// write is the time from a write to its event.
func (n *neighbour) write() time.Duration {
	n.t.Helper()
	begin := time.Now()
	answer, err := n.writer.Put(n.t.Context(), "k", `"a value of a usual size"`)
	if err != nil || answer.Status >= 300 {
		n.t.Fatalf("the neighbour's write: %d, %v: %s", answer.Status, err, answer.Body)
	}
	if event := n.next(); !strings.HasSuffix(event.ID, "-"+answer.Field("revision")) {
		n.t.Fatalf("the neighbour wrote revision %s, and was told of %s", answer.Field("revision"), event.ID)
	}
	return time.Since(begin)
}

// come is the time of a call over a new connection.
func (n *neighbour) come() time.Duration {
	n.t.Helper()
	begin := time.Now()
	must(n.t, http.StatusOK)(n.newcomer.Call(n.t.Context(), http.MethodGet, "/store/k", ""))
	return time.Since(begin)
}

// milliseconds is a percentile.
func milliseconds(took []time.Duration, percent int) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return float64(took[len(took)*percent/100].Microseconds()) / 1000
}

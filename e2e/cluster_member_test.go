package e2e_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"session-store/e2e/peer"
)

// member is a peer that calls any node, and the next one if that does not answer.
type member struct {
	*peer.Peer
	storm   *storm
	history *history
	random  *rand.Rand
	// last is the node that was called last, failed that it was of no use.
	last   int
	failed bool
	out    bool // turned away
}

// outcome is what a caller knows of a call.
type outcome int

const (
	answered    outcome = iota
	unsent              // no node has heard of it
	unavailable         // a node has answered that it is done or is not, and will not be
	unknown             // no answer: it may be done, or be done later
)

// A call that waits for longer is made again elsewhere; it may still be carried out.
const callTimeout = 3 * time.Second

// call is made once, to a node that may be well or not.
func (m *member) call(ctx context.Context, method, path, body string, headers ...string) (peer.Answer, outcome) {
	begin := time.Now()
	answer, err := m.At(m.someNode()).Call(ctx, method, path, body, headers...)
	m.failed = err != nil || answer.Status == http.StatusServiceUnavailable
	dial := new(net.OpError)
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return answer, unsent
	case err != nil:
		return answer, unknown
	case m.failed:
		return answer, unavailable
	case answer.Status == http.StatusUnauthorized:
		m.turnedAway(string(answer.Body))
	case answer.Status == http.StatusInternalServerError:
		m.storm.fault("%s of %s: %s %s: %s", m.ID, m.history.room, method, path, answer.Body)
	default:
		m.storm.crowd.sign(m.ID, begin)
	}
	return answer, answered
}

// someNode is any, but after a failure the next: two out of three may be in trouble.
func (m *member) someNode() string {
	if m.failed {
		m.last = (m.last + 1) % len(m.storm.nodes)
	} else {
		m.last = m.random.IntN(len(m.storm.nodes))
	}
	return m.storm.nodes[m.last].url
}

func (m *member) turnedAway(said string) {
	m.out = true
	if silence, wrong := m.storm.crowd.lose(m.ID); wrong {
		m.storm.fault("%s of %s is turned away, %v after it was last taken note of: %s", m.ID, m.history.room, silence, said)
	}
}

// rejoinIfOut lets one who was turned away go on as another peer.
func (m *member) rejoinIfOut(ctx context.Context) {
	for m.out && ctx.Err() == nil {
		p := m.storm.join(ctx, m.someNode(), m.history.room)
		if m.failed = p == nil; !m.failed {
			m.Peer, m.out = p, false
		}
	}
}

// leave goes for good. A second try may find that the first was carried out.
func (m *member) leave(ctx context.Context) {
	m.storm.crowd.remove(m.ID)
	for ctx.Err() == nil && !m.out {
		if answer, outcome := m.call(ctx, "POST", "/leave", ""); outcome == answered && answer.Status == http.StatusNoContent {
			m.out = true
		}
	}
}

// pause waits, and reports false if the context is over meanwhile.
func (m *member) pause(ctx context.Context, least, most time.Duration) bool {
	timer := time.NewTimer(least + time.Duration(m.random.Int64N(int64(most-least))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// beat is the life of a peer without a stream.
func (m *member) beat(until context.Context) {
	ctx := context.WithoutCancel(until)
	for {
		least, most := stormPeerTimeout/8, stormPeerTimeout/4
		if m.call(ctx, "POST", "/heartbeat", ""); m.failed {
			least, most = 20*time.Millisecond, 100*time.Millisecond
		}
		if !m.pause(until, least, most) {
			return
		}
		m.rejoinIfOut(ctx)
	}
}

// peek has a stream for a moment.
func (m *member) peek(ctx context.Context) {
	begin := time.Now()
	stream, err := m.At(m.someNode()).ObserveAll(ctx, "")
	if err != nil {
		return
	}
	defer stream.Close()
	if _, err := stream.Next(); err == nil { // it is more than a word to come back
		m.storm.crowd.sign(m.ID, begin)
	}
}

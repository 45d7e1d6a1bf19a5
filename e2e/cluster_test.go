package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"session-store/e2e/peer"
)

const clusterPeerTimeout = 10 * time.Second

// One cluster, and one thing after the other that is done to it.
func TestClusterOfThreeNodes(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, "--peer-timeout", clusterPeerTimeout.String())
	t.Run("a write on one node is on the streams of all", c.writesAreEverywhere)
	t.Run("a token is good on every node at once", c.tokensAreEverywhere)
	t.Run("a node that is cut off for a moment", c.cutOffForAMoment)
	t.Run("a node that NATS refuses", func(t *testing.T) { c.cutOff(t, "refuses", (*wire).refuse) })
	t.Run("a node that NATS does not answer", func(t *testing.T) { c.cutOff(t, "swallows", (*wire).swallow) })
	t.Run("a node that dies", c.nodeDies)
	t.Run("a session ends on all nodes", c.sessionEnds)
}

// observer is a stream and what it has told.
type follower struct {
	*peer.Peer
	stream  *peer.Stream
	replica peer.Replica
	crowd   peer.Crowd
}

// follow opens a stream on the node, from where the last one has got to.
func (f *follower) follow(t *testing.T, n *node) {
	t.Helper()
	stream, err := f.At(n.url).ObserveAll(t.Context(), f.replica.Position)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stream.Close)
	f.stream = stream
}

// next takes in one event. A stream that is silent for too long is closed.
func (f *follower) next() (peer.Event, error) {
	silent := time.AfterFunc(patience, f.stream.Close)
	defer silent.Stop()
	event, err := f.stream.Next()
	switch {
	case err != nil:
	case event.Name == "peers":
		err = f.crowd.Apply(event)
	default:
		err = f.replica.Apply(event)
	}
	return event, err
}

// until reads on until it holds.
func (f *follower) until(t *testing.T, holds func() bool) {
	t.Helper()
	for !holds() {
		if _, err := f.next(); err != nil {
			t.Fatalf("at %s: %v", f.replica.Position, err)
		}
	}
}

func (f *follower) has(key string) func() bool {
	return func() bool { return f.replica.Entries[key] != "" }
}

func (c *cluster) writesAreEverywhere(t *testing.T) {
	var all []*follower
	for _, n := range c.nodes {
		f := &follower{Peer: n.join(t, "streams")}
		f.follow(t, n)
		f.until(t, func() bool { return f.replica.Snapshots == 1 })
		all = append(all, f)
	}
	for i := range 30 {
		writer := all[i%len(all)]
		answer, err := writer.Put(t.Context(), "k", strconv.Itoa(i))
		if err != nil || answer.Status >= 300 {
			t.Fatalf("write %d: %d, %v: %s", i, answer.Status, err, answer.Body)
		}
		for j, f := range all {
			f.until(t, func() bool { return f.replica.Position == fmt.Sprintf("%s-%d", f.Session, i+1) })
			if f.replica.Entries["k"] != strings.TrimSpace(string(answer.Body)) {
				t.Errorf("written was %s, told on node %d %s", answer.Body, j, f.replica.Entries["k"])
			}
		}
	}
}

func (c *cluster) tokensAreEverywhere(t *testing.T) {
	for range 30 {
		some := rand.Perm(len(c.nodes))
		here, there := c.nodes[some[0]], c.nodes[some[1]]
		p := here.join(t, fmt.Sprint("tokens.", rand.IntN(3)))
		must(t, 200)(p.At(there.url).Call(t.Context(), "GET", "/store", ""))
		must(t, 200)(p.At(there.url).Call(t.Context(), "POST", "/join", ""))
		must(t, 201)(p.At(there.url).Put(t.Context(), p.ID, "1"))
		must(t, 204)(p.At(there.url).Call(t.Context(), "POST", "/leave", ""))
		eventually(t, patience, func() error {
			answer, err := p.At(here.url).Call(t.Context(), "GET", "", "")
			if err == nil && answer.Status != http.StatusUnauthorized {
				err = fmt.Errorf("one who has left is answered %d", answer.Status)
			}
			return err
		})
	}
}

// cutOffForAMoment is over before the streams are sent elsewhere.
func (c *cluster) cutOffForAMoment(t *testing.T) {
	victim, other := c.nodes[1], c.nodes[2]
	f := &follower{Peer: victim.join(t, "moment")}
	f.follow(t, victim)
	f.until(t, func() bool { return f.replica.Snapshots == 1 })
	victim.refuse()
	defer victim.heal()
	time.AfterFunc(700*time.Millisecond, victim.heal)
	must(t, 201)(f.At(other.url).Put(t.Context(), "meanwhile", "1"))
	f.until(t, f.has("meanwhile"))
	eventually(t, patience, victim.ready)
}

// cutOff takes NATS away from a node: it says so, sends its streams away and refuses
// writes, and is back by itself.
func (c *cluster) cutOff(t *testing.T, room string, cut func(*wire)) {
	victim, other := c.nodes[1], c.nodes[2]
	f := &follower{Peer: victim.join(t, room)}
	f.follow(t, victim)
	must(t, 201)(f.Put(t.Context(), "before", "1"))
	f.until(t, f.has("before"))

	begin := time.Now()
	cut(victim.wire)
	defer victim.heal()
	if _, err := f.next(); !errors.Is(err, io.EOF) || f.stream.Retry == "" {
		t.Fatalf("the stream ends with %v and retry %q, want a time to come back after", err, f.stream.Retry)
	}
	streamsEnded := time.Since(begin)
	eventually(t, patience, func() error { // one try may take longer than it is given
		if err := victim.ready(); err == nil || !strings.HasSuffix(err.Error(), "503") {
			return fmt.Errorf("readyz of a node that is cut off: %v", err)
		}
		return nil
	})
	refused := must(t, 503)(f.Put(t.Context(), "lost", "1"))
	if refused.Header.Get("Retry-After") == "" || refused.Field("code") != `"unavailable"` {
		t.Errorf("a write is refused with Retry-After %q: %s", refused.Header.Get("Retry-After"), refused.Body)
	}
	// API.md: "Any answer but 200 ends an EventSource for good".
	f.follow(t, victim)
	if _, err := f.next(); !errors.Is(err, io.EOF) || f.stream.Retry == "" {
		t.Errorf("a new stream ends with %v and retry %q", err, f.stream.Retry)
	}
	must(t, 201)(f.At(other.url).Put(t.Context(), "meanwhile", "1"))
	f.follow(t, other)
	f.until(t, f.has("meanwhile"))

	begin = time.Now()
	victim.heal()
	eventually(t, patience, victim.ready)
	t.Logf("streams ended after %v, back after %v", streamsEnded.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
	must(t, 201)(f.At(other.url).Put(t.Context(), "after", "1"))
	eventually(t, patience, func() error { f.follow(t, victim); _, err := f.next(); return err })
	f.until(t, f.has("after"))
	if f.replica.Snapshots != 1 || f.replica.Entries["lost"] != "" {
		t.Errorf("%d snapshots, %s", f.replica.Snapshots, f.replica.Entries)
	}
}

// nodeDies: of its peers one comes back elsewhere, as who it was; the other is
// removed once, when its time is over.
func (c *cluster) nodeDies(t *testing.T) {
	victim := c.nodes[1]
	watchers := []*follower{{Peer: c.nodes[0].join(t, "dies")}, {Peer: c.nodes[2].join(t, "dies")}}
	back, away := &follower{Peer: victim.join(t, "dies")}, &follower{Peer: victim.join(t, "dies")}
	must(t, 201)(away.Call(t.Context(), "PUT", "/store/hand", `{"value": true, "ephemeral": true}`))
	for i, f := range append(watchers, back, away) {
		f.follow(t, []*node{c.nodes[0], c.nodes[2], victim, victim}[i])
		f.until(t, f.has("hand"))
	}
	if err := victim.kill(); err != nil {
		t.Fatal(err)
	}
	died := time.Now()
	for _, f := range []*follower{back, away} {
		for err := error(nil); err == nil; { // what was on its way
			_, err = f.next()
		}
	}
	must(t, 201)(watchers[0].Put(t.Context(), "meanwhile", "1"))
	back.follow(t, c.nodes[2])
	back.until(t, func() bool { return back.replica.Entries["hand"] == "" })
	took := time.Since(died)
	t.Logf("a peer of a node that died was removed after %v", took.Round(time.Millisecond))
	if took < clusterPeerTimeout {
		t.Errorf("removed after %v: it had %v", took, clusterPeerTimeout)
	}
	if back.replica.Snapshots != 1 || back.replica.Entries["meanwhile"] == "" {
		t.Errorf("one that came back was sent %d snapshots", back.replica.Snapshots)
	}
	if err := victim.start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, victim.ready)
	must(t, 200)(back.At(victim.url).Put(t.Context(), "meanwhile", "2"))
	for _, f := range append(watchers, back) {
		f.until(t, func() bool { return strings.Contains(f.replica.Entries["meanwhile"], `"value":2`) })
		// A second going would be an error of the crowd.
		f.until(t, func() bool { return f.crowd.Left[away.ID] == "timeout" })
		if len(f.crowd.Left) != 1 || f.replica.Entries["hand"] != "" {
			t.Errorf("gone are %v, there is %v", f.crowd.Left, f.replica.Entries)
		}
	}
	for _, n := range c.nodes {
		must(t, 401)(away.At(n.url).Call(t.Context(), "GET", "", ""))
		must(t, 204)(back.At(n.url).Call(t.Context(), "POST", "/heartbeat", ""))
	}
}

func (c *cluster) sessionEnds(t *testing.T) {
	for i, n := range c.nodes {
		first, second := n.join(t, "ends"), c.nodes[(i+1)%3].join(t, "ends")
		if first.Session != second.Session {
			t.Fatalf("two sessions of one room: %s and %s", first.Session, second.Session)
		}
		must(t, 201)(first.Put(t.Context(), "k", "1"))
		f := &follower{Peer: second}
		f.follow(t, c.nodes[(i+1)%3])
		f.until(t, f.has("k"))
		must(t, 204)(first.At(c.nodes[(i+2)%3].url).Call(t.Context(), "POST", "/leave", ""))
		must(t, 204)(second.At(n.url).Call(t.Context(), "POST", "/leave", ""))
		f.until(t, func() bool { return f.replica.Ended != "" })
		if f.replica.Ended != `{"reason":"left"}` {
			t.Errorf("the last stream ends with %s", f.replica.Ended)
		}
		for _, n := range c.nodes {
			again := n.join(t, "ends")
			if store := must(t, 200)(again.Call(t.Context(), "GET", "/store", "")); again.Session == first.Session || store.Field("entries") != "{}" {
				t.Errorf("%s goes on with session %s: %s", n.name, again.Session, store.Body)
			}
			must(t, 204)(again.Call(t.Context(), "POST", "/leave", ""))
		}
	}
}

// Whoever comes first makes the stream, and the others find it.
func TestClusterOfFiveNodesStartsAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 5)
	p := c.nodes[0].join(t, "five")
	for i, n := range c.nodes {
		must(t, 201)(p.At(n.url).Put(t.Context(), fmt.Sprint("k", i), "1"))
	}
	for _, n := range c.nodes {
		answer := must(t, 200)(p.At(n.url).Call(t.Context(), "GET", "", ""))
		if answer.Field("session") != strconv.Quote(p.Session) {
			t.Errorf("%s has %s, want session %s", n.name, answer.Body, p.Session)
		}
	}
}

// A NATS server that is not there is waited for, as it may be on its way; but not for
// ever, and then one line says what was wrong.
func TestClusterStartWithoutNATSFails(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"nats://" + fixedAddr(t), "nats://host.invalid:4222", "no url"} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), nodeStartTimeout)
			defer cancel()
			output, err := exec.CommandContext(ctx, binary, "--addr", "127.0.0.1:0", "--nats", url).CombinedOutput()
			if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Fatalf("the program ended with %v, want exit code 1\n%s", err, output)
			}
			if said := string(output); strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "session-store: error: --nats: ") {
				t.Errorf("this is no clear line: %q", said)
			}
		})
	}
}

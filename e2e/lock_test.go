package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"session-store/e2e/peer"
	"session-store/room"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// contender is a peer that wants the lock, as the README shows it: set if there is
// none, gone with its peer.
type contender struct {
	*testing.T
	peer    *peer.Peer
	stream  *peer.Stream
	replica peer.Replica
}

func newContender(t *testing.T, base, name string) *contender {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	p := join(t, base, name)
	stream, err := p.Observe(ctx, "lock", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stream.Close)
	return &contender{T: t, peer: p, stream: stream}
}

// take gives the entity tag of the lock. If another has it, held is the revision
// of that.
func (c *contender) take(ctx context.Context) (etag string, held uint64, err error) {
	body := fmt.Sprintf(`{"value":%q,"ephemeral":true}`, c.peer.ID)
	answer, err := c.peer.Call(ctx, http.MethodPut, "/store/lock", body, "If-None-Match", "*")
	switch {
	case err != nil:
		return "", 0, err
	case answer.Status == http.StatusCreated:
		return answer.Header.Get("ETag"), 0, nil
	case answer.Status == http.StatusPreconditionFailed:
		var problem struct{ Current struct{ Revision uint64 } }
		err := json.Unmarshal(answer.Body, &problem)
		return "", problem.Current.Revision, err
	}
	return "", 0, fmt.Errorf("taking the lock: %d: %s", answer.Status, answer.Body)
}

// wait reads the stream until the lock that was held at the revision is free.
func (c *contender) wait(held uint64) (last peer.Event, err error) {
	for {
		_, digits, _ := strings.Cut(c.replica.Position, "-")
		var revision uint64
		_, _ = fmt.Sscan(digits, &revision) // before the snapshot it is 0
		if revision > held && c.replica.Entries["lock"] == "" {
			return last, nil
		}
		if last, err = c.stream.Next(); err == nil {
			err = c.replica.Apply(last)
		}
		if err != nil {
			return last, fmt.Errorf("waiting for the lock at %s: %w", c.replica.Position, err)
		}
	}
}

func (c *contender) release(ctx context.Context, etag string) error {
	answer, err := c.peer.Remove(ctx, "lock", "If-Match", etag)
	if err == nil && answer.Status != http.StatusNoContent {
		err = fmt.Errorf("releasing the lock: %d: %s", answer.Status, answer.Body)
	}
	return err
}

// Ten clients want one lock, 200 times in all: never do two have it. The counter
// is touched by its holder alone, so that the race detector looks on.
func TestLockHasOneHolder(t *testing.T) {
	const clients, rounds = 10, 20
	eachWriter(t, room.Config{}, func(t *testing.T, base string) {
		var holders atomic.Int32
		counter := 0
		var taken []string
		round := func(c *contender) error {
			for {
				etag, held, err := c.take(t.Context())
				if err != nil {
					return err
				}
				if etag == "" {
					if _, err := c.wait(held); err != nil {
						return err
					}
					continue
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d have the lock", n)
				}
				counter++
				taken = append(taken, etag)
				holders.Add(-1)
				return c.release(t.Context(), etag)
			}
		}
		var group sync.WaitGroup
		for range clients {
			c := newContender(t, base, "lock")
			group.Go(func() {
				for range rounds {
					if err := round(c); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		group.Wait()
		if counter != clients*rounds {
			t.Errorf("%d times one had the lock, want %d", counter, clients*rounds)
		}
		checkTaken(t, join(t, base, "lock"), taken)
	})
}

// checkTaken wants that between two takings there was one release, and nothing
// else: the revisions are 1, 3, 5 ... in the order in which the lock was had.
func checkTaken(t *testing.T, p *peer.Peer, taken []string) {
	t.Helper()
	want := make([]string, len(taken))
	for i := range want {
		want[i] = fmt.Sprintf(`"%s-%d"`, p.Session, 2*i+1)
	}
	if !slices.Equal(taken, want) {
		t.Errorf("the lock was taken at %v", taken)
	}
	room := must(t, 200)(p.Call(t.Context(), "GET", "", ""))
	if got := room.Field("revision"); got != fmt.Sprint(2*len(taken)) {
		t.Errorf("the session stands at %s after %d takings and releases", got, len(taken))
	}
}

// The holder dies: its connection is cut, and it says no word. The next one has
// the lock when the holder has been silent for the timeout.
func TestLockIsFreedWhenItsHolderDies(t *testing.T) {
	const timeout, margin = 2 * time.Second, 8 * time.Second
	for name, cut := range map[string]func(net.Conn){
		"closed": func(conn net.Conn) { _ = conn.Close() },
		"reset": func(conn net.Conn) {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWriter(t, room.Config{PeerTimeout: timeout}, func(t *testing.T, base string) {
				next := newContender(t, base, "lock")
				holder := &contender{T: t, peer: join(t, base, "lock")}
				conn := dialStream(t, base, holder.peer)
				defer func() { _ = conn.Close() }()
				if etag, _, err := holder.take(t.Context()); err != nil || etag == "" {
					t.Fatalf("the first one has no lock: %v", err)
				}
				etag, held, err := next.take(t.Context())
				if err != nil || etag != "" {
					t.Fatalf("a second one has the lock: %s, %v", etag, err)
				}

				begin := time.Now()
				cut(conn)
				event, err := next.wait(held)
				took := time.Since(begin)
				if err != nil || !strings.Contains(event.Data, `"removed":{"lock":{"revision":2,"reason":"owner_left"}}`) {
					t.Fatalf("the lock was freed by %+v, %v", event, err)
				}
				if took < timeout || took > timeout+margin {
					t.Errorf("the lock was freed after %v, want %v to %v", took, timeout, timeout+margin)
				}
				if etag, _, err := next.take(t.Context()); err != nil || etag == "" {
					t.Errorf("the next one has no lock: %v", err)
				}
				answer, err := holder.peer.Call(t.Context(), "GET", "/store", "")
				if err != nil || answer.Status != http.StatusUnauthorized {
					t.Errorf("the one that died comes back: %d, %v", answer.Status, err)
				}
			})
		})
	}
}

// dialStream opens a stream on a connection of its own, and reads the head of its
// answer: from then on it is what keeps the peer.
func dialStream(t *testing.T, base string, p *peer.Peer) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(base, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(p.URL, base)
	if _, err := fmt.Fprintf(conn, "GET %s/observe?keys=*&access_token=%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, p.Token, host); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("observe: %+v, %v", response, err)
	}
	return conn
}

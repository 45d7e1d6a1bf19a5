package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"session-store/e2e/peer"
	"session-store/room"
)

// join makes a peer, or ends the test.
func join(t *testing.T, base, name string) *peer.Peer {
	t.Helper()
	p, err := peer.Join(t.Context(), base, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// must gives the answer of a call that has to have the status.
func must(t *testing.T, status int) func(peer.Answer, error) peer.Answer {
	return func(answer peer.Answer, err error) peer.Answer {
		t.Helper()
		if err != nil || answer.Status != status {
			t.Fatalf("status %d (%v), want %d: %s", answer.Status, err, status, answer.Body)
		}
		return answer
	}
}

// The whole promise at once: 100 observers are cut and resume at random while
// three writers write. Each ends equal to the server, sees no revision twice, and
// is sent one snapshot only, since each could resume.
func TestSeamObserversThatAreCutEndEqual(t *testing.T) {
	eachWriter(t, room.Config{}, seamObservers)
}

func seamObservers(t *testing.T, base string) {
	const observers, writers, writes = 100, 3, 400
	writer := join(t, base, "seam")
	var replicas [observers]peer.Replica
	var cuts atomic.Int64
	written := make(chan struct{})
	var watching, writing sync.WaitGroup
	for i := range observers {
		p := join(t, base, "seam")
		watching.Go(func() {
			n, err := watch(t.Context(), p, &replicas[i], written)
			cuts.Add(n)
			if err != nil {
				t.Errorf("observer %d: %v", i, err)
			}
		})
	}
	for range writers {
		p := join(t, base, "seam")
		writing.Go(func() {
			for n := range writes {
				key, call := fmt.Sprintf("k%d", rand.IntN(12)), p.Remove
				if n%4 != 0 {
					call = func(ctx context.Context, key string, headers ...string) (peer.Answer, error) {
						return p.Put(ctx, key, strconv.Itoa(n), headers...)
					}
				}
				if answer, err := call(t.Context(), key); err != nil || answer.Status >= 300 {
					t.Errorf("write: %d, %v", answer.Status, err)
				}
			}
		})
	}
	writing.Wait()
	// Whoever sees this one has seen all.
	must(t, 201)(writer.Put(t.Context(), "last", "true"))
	close(written)
	watching.Wait()
	store := must(t, 200)(writer.Call(t.Context(), "GET", "/store", ""))
	for i := range replicas {
		if err := replicas[i].Equal(store); err != nil {
			t.Errorf("observer %d: %v", i, err)
		}
		if n := replicas[i].Snapshots; n != 1 {
			t.Errorf("observer %d was sent %d snapshots", i, n)
		}
	}
	t.Logf("%d writes, %d observers, %d cuts", writers*writes, observers, cuts.Load())
	if cuts.Load() < observers {
		t.Errorf("only %d cuts: this test has shown nothing", cuts.Load())
	}
}

// watch reads into the replica until it has the key "last". While there are
// writes it cuts its connection after a random number of events.
func watch(ctx context.Context, p *peer.Peer, replica *peer.Replica, written <-chan struct{}) (cuts int64, err error) {
	for {
		stream, err := p.Observe(ctx, "*", replica.Position)
		if err != nil {
			return cuts, err
		}
		limit := 1 + rand.IntN(40)
		for events := 0; events < limit || isClosed(written); events++ {
			event, err := stream.Next()
			if err == nil {
				err = replica.Apply(event)
			}
			if err != nil {
				stream.Close()
				return cuts, err
			}
			if replica.Entries["last"] != "" {
				stream.Close()
				return cuts, nil
			}
		}
		stream.Close()
		cuts++
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Eight clients increment one key, each on the condition that nobody was quicker.
func TestOrderNoIncrementIsLost(t *testing.T) {
	const clients, increments = 8, 50
	base := serve(t, room.Config{})
	reader := join(t, base, "count")
	must(t, 201)(reader.Put(t.Context(), "n", "0"))
	var group sync.WaitGroup
	var conflicts atomic.Int64
	for range clients {
		p := join(t, base, "count")
		group.Go(func() {
			answer, err := p.Call(t.Context(), "GET", "/store/n", "")
			value, etag := answer.Field("value"), answer.Header.Get("ETag")
			for done := 0; done < increments && err == nil; {
				n, _ := strconv.Atoi(value)
				answer, err = p.Put(t.Context(), "n", strconv.Itoa(n+1), "If-Match", etag)
				switch answer.Status {
				case http.StatusOK:
					done++
					value, etag = answer.Field("value"), answer.Header.Get("ETag")
				case http.StatusPreconditionFailed: // a retry needs no read
					conflicts.Add(1)
					var current struct {
						Value    json.RawMessage
						Revision uint64
					}
					err = json.Unmarshal([]byte(answer.Field("current")), &current)
					value, etag = string(current.Value), fmt.Sprintf(`"%s-%d"`, p.Session, current.Revision)
				default:
					err = fmt.Errorf("status %d: %s", answer.Status, answer.Body)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := must(t, 200)(reader.Call(t.Context(), "GET", "/store/n", "")).Field("value"); got != strconv.Itoa(clients*increments) {
		t.Errorf("%d increments made %s", clients*increments, got)
	}
	t.Logf("%d conflicts", conflicts.Load())
}

// A read on the same node shows a write as soon as it is answered, and all
// streams of a peer are told.
func TestOwnWriteReachesEveryStreamOfThePeer(t *testing.T) {
	eachWriter(t, room.Config{}, ownWrite)
}

// observeTimes opens so many streams of a peer, each with its snapshot read.
func observeTimes(t *testing.T, p *peer.Peer, count int, keys string) (streams []*peer.Stream) {
	t.Helper()
	for range count {
		stream, err := p.Observe(t.Context(), keys, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stream.Close)
		if event, err := stream.Next(); err != nil || event.Name != "snapshot" {
			t.Fatalf("%+v, %v", event, err)
		}
		streams = append(streams, stream)
	}
	return streams
}

func ownWrite(t *testing.T, base string) {
	p := join(t, base, "own")
	streams := observeTimes(t, p, 3, "k*")
	must(t, 201)(p.Put(t.Context(), "k", "0"))
	for n := range 50 {
		if n > 0 {
			must(t, 200)(p.Put(t.Context(), "k", strconv.Itoa(n)))
		}
		if got := must(t, 200)(p.Call(t.Context(), "GET", "/store/k", "")).Field("value"); got != strconv.Itoa(n) {
			t.Fatalf("wrote %d, read %s", n, got)
		}
		for _, stream := range streams {
			if event, err := stream.Next(); err != nil || event.ID != fmt.Sprintf("%s-%d", p.Session, n+1) {
				t.Fatalf("after write %d: %+v, %v", n+1, event, err)
			}
		}
	}
}

// A peer that leaves hears an end on each of its streams; one that comes back
// with another position than those of this session is sent a snapshot.
func TestNoSilenceOnLeaveAndOnUnknownPositions(t *testing.T) {
	eachWriter(t, room.Config{}, noSilence)
}

func noSilence(t *testing.T, base string) {
	ann, ben := join(t, base, "end"), join(t, base, "end")
	must(t, 201)(ben.Put(t.Context(), "k", "1"))
	for _, since := range []string{"", "other-1", ann.Session + "-2", ann.Session + "-01", ann.Session + "-", "-1", "🙂 ; drop"} {
		stream, err := ann.Observe(t.Context(), "*", since)
		if err != nil {
			t.Fatal(err)
		}
		if event, err := stream.Next(); err != nil || event.Name != "snapshot" || event.ID != ann.Session+"-1" {
			t.Errorf("since %q: %+v, %v", since, event, err)
		}
		stream.Close()
	}
	one, err := ann.Observe(t.Context(), "*", ann.Session+"-1") // the head
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	must(t, 204)(ann.Call(t.Context(), "POST", "/leave?access_token="+ann.Token, "", "Authorization", ""))
	if event, err := one.Next(); err != nil || event.Name != "end" || event.Data != `{"reason":"left"}` || event.ID != ann.Session+"-1" {
		t.Errorf("after leave: %+v, %v", event, err)
	}
	if event, err := one.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after end: %+v, %v", event, err)
	}
}

const vanishAfter = 2 * time.Second

// A peer that only vanishes is removed after the timeout, and not before.
func TestPeerThatVanishesIsRemoved(t *testing.T) {
	eachWriter(t, room.Config{PeerTimeout: vanishAfter}, vanish)
}

func vanish(t *testing.T, base string) {
	const timeout = vanishAfter
	watcher, gone := join(t, base, "vanish"), join(t, base, "vanish")
	alive, err := watcher.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	stream, err := gone.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	cut := time.Now()
	stream.Close()
	for {
		answer := must(t, 200)(watcher.Call(t.Context(), "GET", "", ""))
		if answer.Field("peers") == "1" {
			break
		}
		if time.Since(cut) > 10*timeout {
			t.Fatal("the peer is still there")
		}
	}
	if took := time.Since(cut); took < timeout {
		t.Errorf("removed after %v, before the timeout of %v", took, timeout)
	}
	must(t, 401)(gone.Call(t.Context(), "POST", "/heartbeat", ""))
}

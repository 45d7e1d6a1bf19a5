package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// The program is killed at random moments while four writers in two rooms write,
// and starts again on the same folder: every answered write is there, under the same
// session, with the same tokens; readers resume without a snapshot; no revision is
// given out twice.
func TestCrashLosesNothingThatWasAnswered(t *testing.T) {
	for sync, kills := range map[string]int{"interval": 16, "always": 8} {
		t.Run("sync "+sync, func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, sync)
			for range kills {
				c.round(t)
			}
			c.finish(t)
			t.Logf("%d kills, %d answered writes, %d of unknown outcome", kills, c.answered, c.unknown)
			if c.answered < 10*kills {
				t.Errorf("only %d answered writes: this test has shown nothing", c.answered)
			}
		})
	}
}

// crash is a program that is killed, and what was said to its clients.
type crash struct {
	addr, dir, sync string
	program         *program
	writers         []*crashWriter
	readers         []*crashReader

	answered, unknown int
	// revisions has every one that was answered, by its position.
	revisions map[string]string
}

// crashWriter counts up under a key of its own, and under one that it shares with
// the others of the room, on a condition.
type crashWriter struct {
	*peer.Peer
	room, key string
	next      int
	// last is the newest value that was answered under key, adds how many conditional
	// additions were, maybe how many of which it is not known.
	last, adds, maybe int
	answers           []string // position and what was written there
}

// crashReader resumes after each kill.
type crashReader struct {
	*peer.Peer
	replica peer.Replica
}

func newCrash(t *testing.T, sync string) *crash {
	c := &crash{addr: fixedAddr(t), dir: t.TempDir(), sync: sync, revisions: make(map[string]string)}
	c.start(t)
	for i := range 4 {
		room := fmt.Sprintf("room.%d", i%2)
		c.writers = append(c.writers, &crashWriter{Peer: join(t, c.program.url, room), room: room, key: fmt.Sprint("own", i)})
	}
	for i := range 2 {
		c.readers = append(c.readers, &crashReader{Peer: join(t, c.program.url, fmt.Sprintf("room.%d", i))})
	}
	return c
}

func (c *crash) start(t *testing.T) {
	t.Helper()
	c.program = start(t, "--addr", c.addr, "--data", c.dir, "--sync", c.sync)
}

// round lets everybody write and read until the program is killed, starts it again
// and looks at what is there.
func (c *crash) round(t *testing.T) {
	t.Helper()
	var group sync.WaitGroup
	for _, w := range c.writers {
		group.Go(func() { w.writeUntilItFails(t.Context()) })
	}
	for _, r := range c.readers {
		group.Go(func() { r.readUntilItFails(t) })
	}
	pause := time.NewTimer(time.Duration(20+rand.IntN(150)) * time.Millisecond)
	<-pause.C
	c.program.kill(t)
	group.Wait()
	http.DefaultClient.CloseIdleConnections()
	c.start(t)
	c.look(t)
}

func (w *crashWriter) writeUntilItFails(ctx context.Context) {
	for {
		w.next++
		answer, err := w.Put(ctx, w.key, strconv.Itoa(w.next))
		if err != nil || answer.Status >= 300 {
			return
		}
		w.last = w.next
		w.note(answer, w.key)
		if done, err := w.add(ctx); err != nil {
			w.maybe++
			return
		} else if done {
			w.adds++
		}
	}
}

// add counts the shared number up, unless another one was faster.
func (w *crashWriter) add(ctx context.Context) (done bool, err error) {
	was, err := w.Call(ctx, "GET", "/store/sum", "")
	if err != nil {
		return false, nil // nothing was written
	}
	value, condition := 1, []string{"If-None-Match", "*"}
	if was.Status == http.StatusOK {
		old, _ := strconv.Atoi(was.Field("value"))
		value, condition = old+1, []string{"If-Match", was.Header.Get("ETag")}
	}
	answer, err := w.Put(ctx, "sum", strconv.Itoa(value), condition...)
	if err == nil && answer.Status < 300 {
		w.note(answer, "sum")
		return true, nil
	}
	return false, err
}

func (w *crashWriter) note(answer peer.Answer, key string) {
	w.answers = append(w.answers, w.room+" "+answer.Header.Get("ETag"), key+" "+answer.Field("value"))
}

func (r *crashReader) readUntilItFails(t *testing.T) {
	stream, err := r.Observe(t.Context(), "*", r.replica.Position)
	if err != nil {
		return
	}
	defer stream.Close()
	for {
		event, err := stream.Next()
		if err != nil {
			return
		}
		if err := r.replica.Apply(event); err != nil {
			t.Errorf("a reader: %v", err)
			return
		}
	}
}

// look wants all that was answered to be there.
func (c *crash) look(t *testing.T) {
	t.Helper()
	sums, most := map[string]int{}, map[string]int{}
	for _, w := range c.writers {
		entry := must(t, 200)(w.Call(t.Context(), "GET", "/store/"+w.key, ""))
		if value, _ := strconv.Atoi(entry.Field("value")); value < w.last || value > w.next {
			t.Fatalf("%s is %d, but %d was answered and %d tried", w.key, value, w.last, w.next)
		}
		sums[w.room] += w.adds
		most[w.room] += w.adds + w.maybe
		for i := 0; i < len(w.answers); i += 2 {
			at, what := w.answers[i], w.answers[i+1]
			if other, twice := c.revisions[at]; twice {
				t.Fatalf("%s was answered for %s and for %s", at, other, what)
			}
			c.revisions[at] = what
			c.answered++
		}
		w.answers = nil
	}
	for room, sum := range sums {
		entry := must(t, 200)(c.writerIn(room).Call(t.Context(), "GET", "/store/sum", ""))
		if value, _ := strconv.Atoi(entry.Field("value")); value < sum || value > most[room] {
			t.Fatalf("the sum in %s is %d, but %d to %d were added", room, value, sum, most[room])
		}
	}
}

func (c *crash) writerIn(room string) *crashWriter {
	for _, w := range c.writers {
		if w.room == room {
			return w
		}
	}
	return nil
}

// finish lets every reader read on to the end.
func (c *crash) finish(t *testing.T) {
	t.Helper()
	for i, r := range c.readers {
		w := c.writers[i]
		must(t, 201)(w.Put(t.Context(), "last", "true"))
		stream, err := r.Observe(t.Context(), "*", r.replica.Position)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		for r.replica.Entries["last"] == "" {
			event, err := stream.Next()
			if err == nil {
				err = r.replica.Apply(event)
			}
			if err != nil {
				t.Fatalf("a reader in %s: %v", w.room, err)
			}
		}
		if err := r.replica.Equal(must(t, 200)(w.Call(t.Context(), "GET", "/store", ""))); err != nil {
			t.Errorf("a reader in %s: %v", w.room, err)
		}
		if r.replica.Snapshots != 1 {
			t.Errorf("a reader in %s was sent %d snapshots", w.room, r.replica.Snapshots)
		}
	}
	for _, w := range c.writers {
		c.unknown += w.maybe
	}
}

// A restart does not wait for anybody: who does not come back has gone after the
// time that a peer has, and with the last one the session.
func TestCrashSessionsOfPeersThatDoNotComeBackEnd(t *testing.T) {
	t.Parallel()
	addr, dir := fixedAddr(t), t.TempDir()
	program := start(t, "--addr", addr, "--data", dir, "--peer-timeout", "6s")
	back, away := join(t, program.url, "both"), join(t, program.url, "both")
	alone := join(t, program.url, "alone")
	must(t, 201)(away.Call(t.Context(), "PUT", "/store/hand", `{"value": true, "ephemeral": true}`))
	must(t, 201)(alone.Put(t.Context(), "k", "1"))
	program.kill(t)
	http.DefaultClient.CloseIdleConnections()
	program = start(t, "--addr", addr, "--data", dir, "--peer-timeout", "6s")
	stream, err := back.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var replica peer.Replica
	for replica.Snapshots == 0 || replica.Entries["hand"] != "" {
		event, err := stream.Next()
		if err == nil {
			err = replica.Apply(event)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	must(t, 401)(away.Call(t.Context(), "GET", "", ""))
	// Asked with its token, a peer that has not gone yet would stay.
	eventually(t, patience, func() error {
		if !strings.Contains(fetch(t, program.url+"/metrics"), "\nsession_store_sessions_ended_total 1\n") {
			return errors.New("no session has ended")
		}
		return nil
	})
	must(t, 401)(alone.Call(t.Context(), "GET", "", ""))
	again := join(t, program.url, "alone")
	if answer := must(t, 200)(again.Call(t.Context(), "GET", "/store", "")); answer.Field("entries") != "{}" {
		t.Errorf("the session that has ended has left %s", answer.Body)
	}
}

// Two processes on one folder would take each other's records for their own.
func TestCrashASecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, "--data", dir)
	said := refused(t, "--data", dir)
	if strings.Count(said, "\n") != 1 || !strings.Contains(said, "--data") || !strings.Contains(said, dir) {
		t.Errorf("the refusal is no clear line: %q", said)
	}
}

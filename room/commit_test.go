package room_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

// slowly runs a test on a node for whose journal a record takes a millisecond.
func slowly(t *testing.T, test func(n *node, disk *disk)) {
	t.Helper()
	// Not in a bubble: its time stands still while somebody waits for a lock.
	disk := &disk{Journal: memory.New(), takes: time.Millisecond}
	n := newNode(t, disk)
	defer n.Close()
	test(n, disk)
}

// wantDrained is wantTold outside of a bubble.
func (n *node) wantDrained(stream *sse.Stream, want string) {
	n.Helper()
	got := ""
	if text := n.drain(stream); text != "" {
		got = n.inShort(strings.TrimSuffix(text, "\n\n"))
	}
	if got != want {
		n.Errorf("the stream says %q, want %q", got, want)
	}
}

// Writers that wait for the journal are committed together.
func TestOrderManyWritersAreCommittedTogether(t *testing.T) {
	const writers, writes = 64, 20
	slowly(t, func(n *node, disk *disk) {
		reader, _ := n.join("a")
		stream := n.observe(reader, everything)
		begin, before := time.Now(), disk.records.Load()
		var mu sync.Mutex
		var revisions []uint64
		var group sync.WaitGroup
		for i := range writers {
			caller, _ := n.join("a")
			group.Go(func() {
				for j := range writes {
					written := n.write(caller, set(fmt.Sprint("k", i), fmt.Sprint(j)))
					if entry, _, err := caller.Entry(fmt.Sprint("k", i)); err != nil || string(entry.Value) != fmt.Sprint(j) {
						n.Errorf("own-write: %v, %v", entry, err)
					}
					mu.Lock()
					revisions = append(revisions, written.Position.Revision)
					mu.Unlock()
				}
			})
		}
		group.Wait()
		slices.Sort(revisions)
		for i, revision := range revisions {
			if revision != uint64(i+1) {
				n.Fatalf("the revision %d is missing or there twice: %d", i+1, revision)
			}
		}
		records := disk.records.Load() - before
		if records > writers*writes/4 {
			n.Errorf("%d writes of %d writers took %d records, in %v", writers*writes, writers, records, time.Since(begin))
		}
		if text := n.drain(stream); text == "" {
			n.Error("the stream was told nothing")
		}
	})
}

// A condition is decided on what the writes before it in the same record come to.
func TestOrderConditionsInOneRecord(t *testing.T) {
	slowly(t, func(n *node, _ *disk) {
		first, _ := n.join("a")
		n.write(first, set("k", "0"))
		at, err := first.Position()
		if err != nil {
			n.Fatal(err)
		}
		var won, lost atomic.Int64
		var group sync.WaitGroup
		for range 32 {
			caller, _ := n.join("a")
			group.Go(func() {
				w := set("k", "1")
				w.If, _ = model.ParseCondition(at.ETag(), "")
				_, err := caller.Write(n.Context(), w)
				var told *model.Error
				switch {
				case err == nil:
					won.Add(1)
				case errors.As(err, &told) && told.Code == model.PreconditionFailed && string(told.Current.Value) == "1":
					lost.Add(1)
				default:
					n.Errorf("%v", err)
				}
			})
		}
		group.Wait()
		if won.Load() != 1 || lost.Load() != 31 {
			n.Errorf("%d have won, %d lost", won.Load(), lost.Load())
		}
	})
}

// If the journal fails, so does everybody who was in the record, and nothing has
// happened.
func TestRefusedTogether(t *testing.T) {
	slowly(t, func(n *node, disk *disk) {
		var callers []*room.Caller
		for range 16 {
			caller, _ := n.join("a")
			callers = append(callers, caller)
		}
		stream := n.observe(callers[0], everything)
		n.wantDrained(stream, "snapshot@0")
		disk.broken.Store(true)
		var group sync.WaitGroup
		for _, caller := range callers {
			group.Go(func() {
				_, err := caller.Write(n.Context(), set("k", "1"))
				n.wantCode(err, model.Unavailable)
			})
		}
		group.Wait()
		n.wantDrained(stream, "")
		disk.broken.Store(false)
		if written := n.write(callers[0], set("k", "1")); written.Position.Revision != 1 || !written.Created {
			n.Errorf("the next write has made %+v", written)
		}
		n.wantDrained(stream, "update@1 +k")
	})
}

// The last one out may be in the middle of a record: what waits behind is told that
// there is no session any more, and who joins begins the next.
func TestEndInTheMiddleOfARecord(t *testing.T) {
	slowly(t, func(n *node, _ *disk) {
		for range 20 {
			ann, _ := n.join("a")
			var group sync.WaitGroup
			group.Go(func() { _, _ = ann.Write(n.Context(), set("k", "1")) })
			group.Go(func() { _ = ann.Leave(n.Context()) })
			for range 8 {
				group.Go(func() {
					if _, err := ann.Write(n.Context(), set("k", "2")); err != nil {
						n.wantCode(err, model.Unauthorized)
					}
				})
				group.Go(func() {
					ben, _ := n.join("a")
					n.write(ben, set("b", "1"))
					if err := ben.Leave(n.Context()); err != nil {
						n.Error(err)
					}
				})
			}
			group.Wait()
		}
		if got := n.Stats().Sessions.Load(); got != 0 {
			n.Errorf("%d sessions are left", got)
		}
	})
}

// Sessions that were there before the process go on; those whose peers do not come
// back end.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := memory.New()
		before := newNode(t, disk)
		ann, back := before.joinAs("a", "ann", nil)
		_, away := before.joinAs("a", "ben", nil)
		before.write(ann, lasting(set("short", "1"), time.Minute))
		at := before.write(ann, set("k", "2")).Position
		_, rest := before.joinAs("b", "cat", nil)
		time.Sleep(25 * time.Second)
		before.Close()
		time.Sleep(time.Hour) // the machine is down

		n := newNode(t, disk)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { n.Registry.Run(ctx) })
		time.Sleep(29 * time.Second)
		caller, err := n.enter("a", back)
		if err != nil {
			t.Fatal(err)
		}
		stream := n.observe(caller, room.Observe{Keys: model.AllKeys(), From: at})
		n.wantTold(stream, "update@3 -short expired")
		time.Sleep(3 * time.Second)
		for _, token := range []struct {
			room  string
			token auth.Token
		}{{"a", away}, {"b", rest}} {
			if _, err := n.enter(token.room, token.token); err == nil {
				t.Errorf("a peer of %s that did not come back is there", token.room)
			}
		}
		if got := n.Stats().Sessions.Load(); got != 1 {
			t.Errorf("%d sessions, want the one whose peer came back", got)
		}
		for room, err := range disk.Rooms(ctx) {
			if err != nil || room != "a" {
				t.Errorf("the journal has the room %s, %v", room, err)
			}
		}
		cancel()
		group.Wait()
		n.Close()
	})
}

package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"session-store/journal"
	"session-store/model"
)

// The server that leads the stream is killed while rooms are written to. Appends
// wait or fail; what was confirmed is there, once, and in its place; what was not is
// there once or not at all.
func TestLeaderIsKilled(t *testing.T) {
	t.Parallel()
	servers := startChildren(t, 3)
	var urls []string
	for _, c := range servers {
		urls = append(urls, c.url())
	}
	one, two := connectTo(t, urls...), connectTo(t, urls[2], urls[1], urls[0])
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	writers := make([]*writer, 4)
	for i := range writers {
		w := &writer{log: open(t, one, fmt.Sprint("room", i)), confirmed: make(map[uint64]uint64)}
		writers[i] = w
		group.Go(func() { w.run(ctx) })
	}
	written := func(after int) func() bool {
		return func() bool {
			for _, w := range writers {
				if w.count() < after {
					return false
				}
			}
			return true
		}
	}
	eventually(t, "all rooms are written to", written(50))

	leaderOf(t, servers).kill()
	before := 0
	for _, w := range writers {
		before = max(before, w.count())
	}
	eventually(t, "all rooms are written to again", written(before+50))
	stop()
	group.Wait()
	for i, w := range writers {
		w.check(t, open(t, two, fmt.Sprint("room", i)))
	}
}

// leaderOf is the server that leads the stream.
func leaderOf(t *testing.T, servers []*child) *child {
	t.Helper()
	stream, err := manage(t, servers[0].url()).Stream(t.Context(), "SESSION_STORE")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range servers {
		if c.Name == stream.CachedInfo().Cluster.Leader {
			return c
		}
	}
	t.Fatal("nobody leads the stream")
	return nil
}

// Two of three servers are gone: nothing can be stored, and the node says so. When
// they are back it goes on by itself.
func TestMajorityIsGone(t *testing.T) {
	t.Parallel()
	servers := startChildren(t, 3)
	j := connectTo(t, servers[0].url(), servers[1].url(), servers[2].url())
	log := open(t, j, "a")
	last := log.append(0, begins())
	first := leaderOf(t, servers)
	second := servers[0]
	if second == first {
		second = servers[1]
	}
	first.kill()
	second.kill()
	eventually(t, "the node says that nothing can be stored", func() bool { return j.Ready() != nil })
	if seq, err := log.Append(t.Context(), last, []*model.Change{written(1)}); err == nil || errors.Is(err, journal.ErrBehind) {
		t.Errorf("one of three servers stores: %d, %v", seq, err)
	}
	first.start(t)
	second.start(t)
	eventually(t, "the node is ready again", func() bool { return j.Ready() == nil })
	numbers := log.numbers() // the append that failed may be there
	log.append(numbers[len(numbers)-1], written(2))
}

// writer appends as a room does, and notes what was confirmed.
type writer struct {
	log  *spectator
	last uint64

	mu        sync.Mutex
	confirmed map[uint64]uint64 // numbers of records, by what was written
	failed    int
	wrong     error
}

func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.confirmed)
}

func (w *writer) run(ctx context.Context) {
	for wish := uint64(1); ctx.Err() == nil; wish++ {
		change := written(wish)
		if wish == 1 {
			change = begins()
		}
		for ctx.Err() == nil {
			seq, err := w.log.Append(context.Background(), w.last, []*model.Change{change})
			if errors.Is(err, journal.ErrBehind) {
				w.catchUp(wish)
				continue
			}
			w.mu.Lock()
			if err == nil {
				w.last, w.confirmed[wish] = seq, seq
			} else {
				w.failed++
			}
			w.mu.Unlock()
			break // a room gives up here, and tells its caller
		}
	}
}

// catchUp reads what stands behind the last record: ours, of an append that failed.
func (w *writer) catchUp(wish uint64) {
	list, err := w.log.Read(context.Background(), w.last)
	if err != nil {
		time.Sleep(10 * time.Millisecond)
		return
	}
	for _, record := range list {
		w.last = record.Seq
		if record.Changes[0].Revision == wish {
			w.mu.Lock()
			w.wrong = fmt.Errorf("an append was told that it was behind its own record %d", record.Seq)
			w.mu.Unlock()
		}
	}
}

// check compares with what another node reads.
func (w *writer) check(t *testing.T, log *spectator) {
	t.Helper()
	list, err := log.Read(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	stands := make(map[uint64]uint64)
	for _, record := range list {
		for _, change := range record.Changes {
			wish := max(change.Revision, 1)
			if stands[wish] != 0 {
				t.Errorf("%d stands there twice", wish)
			}
			stands[wish] = record.Seq
		}
	}
	lost := 0
	for wish, seq := range w.confirmed {
		if stands[wish] != seq {
			lost++
			t.Errorf("%d was confirmed with the number %d, and has %d", wish, seq, stands[wish])
		}
	}
	if w.wrong != nil {
		t.Error(w.wrong)
	}
	t.Logf("%d confirmed, %d lost, %d failed, %d stored", len(w.confirmed), lost, w.failed, len(stands))
}

// A server that is alone is killed, and started again on its files. The log that was
// open goes on.
func TestServerIsKilledAndComesBack(t *testing.T) {
	t.Parallel()
	srv := startChildren(t, 1)[0]
	j := connectTo(t, srv.url())
	w := &writer{log: open(t, j, "a"), confirmed: make(map[uint64]uint64)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	group.Go(func() { w.run(ctx) })
	for range 3 {
		before := w.count()
		eventually(t, "the room is written to", func() bool { return w.count() > before+50 })
		srv.kill()
		eventually(t, "the node says that it is cut off", func() bool { return j.Ready() != nil })
		srv.start(t)
	}
	before := w.count()
	eventually(t, "the room is written to again", func() bool { return w.count() > before+50 })
	stop()
	group.Wait()
	w.check(t, open(t, j, "a"))
}

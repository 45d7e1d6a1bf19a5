package room_test

import (
	"fmt"
	"sync"
	"testing"

	"session-store/journal/memory"
	"session-store/model"
)

func TestStatsOfAJournalThatFails(t *testing.T) {
	disk := &disk{Journal: memory.New()}
	n := newNode(t, disk)
	defer n.Close()
	ann, _ := n.join("a")
	disk.broken.Store(true)
	_, err := ann.Write(t.Context(), set("k", "1"))
	n.wantCode(err, model.Unavailable)
	stats := &n.Stats().Journal
	if count, _, _ := stats.Append.Read(); count != 2 || stats.Failed.Load() != 1 || n.Stats().Writes.Failed.Load() != 1 {
		t.Errorf("%d appends, %d failed, %d writes with them", count, stats.Failed.Load(), n.Stats().Writes.Failed.Load())
	}
}

func TestStatsOfANodeThatWasBehind(t *testing.T) {
	records := memory.New()
	a, b := newNode(t, records), newNode(t, records)
	defer a.Close()
	defer b.Close()
	ann, token := a.join("a")
	there, err := b.enter("a", token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 { // whichever does not hear of the other in time
		a.write(ann, set("k", fmt.Sprint(i)))
		b.write(there, set("k", fmt.Sprint(-i)))
	}
	if behind := a.Stats().Journal.Behind.Load() + b.Stats().Journal.Behind.Load(); behind == 0 {
		t.Error("nobody was ever behind")
	}
	if got := a.Stats().Writes.Changed.Load() + b.Stats().Writes.Changed.Load(); got != 100 {
		t.Errorf("%d writes, want 100", got)
	}
}

func TestStatsOfChangesInOneRecord(t *testing.T) {
	slowly(t, func(n *node, disk *disk) {
		ann, _ := n.join("a")
		var group sync.WaitGroup
		for i := range 50 {
			group.Go(func() { n.write(ann, set(fmt.Sprint("k", i), "1")) })
		}
		group.Wait()
		count, sum, atMost := n.Stats().Journal.Together.Read()
		if sum != 51 || int64(count) != disk.records.Load() || atMost[1] == count || atMost[128] != count {
			t.Errorf("%d records with %v changes, %v", count, sum, atMost)
		}
		if _, seconds, atMost := n.Stats().Journal.Append.Read(); atMost[1e-3] != 0 || seconds < 1e-3*float64(count) {
			t.Errorf("%d appends of a millisecond took %v s, %v", count, seconds, atMost)
		}
	})
}

func TestStatsOfSnapshots(t *testing.T) {
	n := newNode(t, memory.New())
	defer n.Close()
	ann, _ := n.join("a")
	for i := range 70 {
		n.write(ann, set("k", fmt.Sprint(i)))
	}
	if got := n.Stats().Journal.Snapshots.Load(); got != 1 {
		t.Errorf("%d snapshots, want 1", got)
	}
}

// A histogram says how many were at most so large, each of them once.
func TestHistogram(t *testing.T) {
	n := newNode(t, memory.New())
	defer n.Close()
	if count, sum, atMost := n.Stats().Journal.Append.Read(); count != 0 || sum != 0 || len(atMost) != 19 || atMost[10] != 0 {
		t.Errorf("an empty one: %d, %v, %v", count, sum, atMost)
	}
	ann, _ := n.join("a")
	for range 10 {
		n.write(ann, remove("none")) // of which the journal hears nothing
	}
	if count, _, atMost := n.Stats().Journal.Append.Read(); count != 1 || atMost[10] != 1 {
		t.Errorf("one append, and %d were counted: %v", count, atMost)
	}
}

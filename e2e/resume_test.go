package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// proxiedReload reloads the proxy under a reader and a writer. The reader may be cut
// then, and goes on where it was.
func proxiedReload(t *testing.T, f *front, client *http.Client) {
	writer, reader := joinWith(t, client, "https://localhost", "reload"), joinWith(t, client, "https://localhost", "reload")
	resume := &resumer{Peer: reader, cut: make(chan struct{})}
	finish := resume.start(t)
	defer finish()

	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	var over <-chan time.Time
	writes, cut := 0, false
	for ; !cut; writes++ {
		must(t, map[bool]int{true: 201, false: 200}[writes == 0])(writer.Put(t.Context(), "n", strconv.Itoa(writes)))
		if writes == 10 {
			f.reload(t)
			// Streams that live for longer than this after it live on.
			over = time.After(15 * time.Second)
		}
		select {
		case <-again.C:
		case <-resume.cut:
			cut = true
		case <-over:
			cut = true
		}
	}
	must(t, 200)(writer.Put(t.Context(), "n", `"last"`))
	finish()
	t.Logf("%d writes, %d cuts", writes, resume.cuts)
	if resume.replica.Snapshots != 1 {
		t.Errorf("%d snapshots, want 1", resume.replica.Snapshots)
	}
	store := must(t, 200)(reader.Call(t.Context(), "GET", "/store", ""))
	if err := resume.replica.Equal(store); err != nil {
		t.Error(err)
	}
}

// resumer observes, and comes back where it was, until the key n is "last".
type resumer struct {
	*peer.Peer
	replica peer.Replica
	cuts    int
	cut     chan struct{} // closed with the first cut
}

// start follows the streams. What it gives waits for the last write to be there, or,
// where the test has failed, for nothing.
func (f *resumer) start(t *testing.T) (finish func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { f.run(ctx, t) })
	return func() {
		if t.Failed() {
			cancel()
		}
		following.Wait()
		cancel()
	}
}

func (f *resumer) run(ctx context.Context, t *testing.T) {
	again := time.NewTicker(50 * time.Millisecond) // an EventSource takes longer
	defer again.Stop()
	for ; !strings.Contains(f.replica.Entries["n"], `"last"`); <-again.C {
		err := f.observe(ctx)
		if broken := new(brokenPromise); errors.As(err, broken) {
			t.Error(err)
		}
		if t.Failed() || ctx.Err() != nil {
			return
		}
		if err != nil {
			if f.cuts++; f.cuts == 1 {
				close(f.cut)
			}
			t.Logf("cut at %s: %v", f.replica.Position, err)
		}
	}
}

// brokenPromise is what no stream may do.
type brokenPromise struct{ error }

// observe follows one stream to the last write, or to its cut.
func (f *resumer) observe(ctx context.Context) error {
	stream, err := f.Observe(ctx, "*", f.replica.Position)
	if err != nil {
		return err
	}
	defer stream.Close()
	for !strings.Contains(f.replica.Entries["n"], `"last"`) {
		event, err := stream.Next()
		if err != nil {
			return err
		}
		if err := f.replica.Apply(event); err != nil {
			return brokenPromise{err}
		}
	}
	return nil
}

package sse_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"session-store/sse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reader is the far end of a stream: it can be read while it is written, can
// stop taking bytes, and knows the deadlines of its connection.
type reader struct {
	mu       sync.Mutex
	text     strings.Builder
	stopped  chan struct{} // closed when it takes bytes again; nil: it takes them
	deadline time.Time
	header   http.Header
}

func (r *reader) Header() http.Header { return r.header }
func (r *reader) WriteHeader(int)     {}
func (r *reader) FlushError() error   { return nil }

func (r *reader) SetWriteDeadline(at time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deadline = at
	return nil
}

var errDeadline = fmt.Errorf("write: %w", os.ErrDeadlineExceeded) // as net has it

func (r *reader) Write(data []byte) (int, error) {
	for {
		r.mu.Lock()
		stopped, deadline := r.stopped, r.deadline
		if stopped == nil {
			defer r.mu.Unlock()
			return r.text.Write(data)
		}
		r.mu.Unlock()
		select {
		case <-stopped:
		case <-time.After(time.Until(deadline)):
			r.mu.Lock()
			passed := !time.Now().Before(r.deadline)
			r.mu.Unlock()
			if passed {
				return 0, errDeadline
			}
		case <-time.After(100 * time.Millisecond): // the deadline may have been moved
		}
	}
}

func (r *reader) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *reader) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = make(chan struct{})
}

func (r *reader) goOn() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.stopped)
	r.stopped = nil
}

// serve runs the stream in a bubble of its own time and gives the reader, and a
// channel that is closed when the stream has ended.
func serve(ctx context.Context, stream *sse.Stream, duration time.Duration) (*reader, <-chan struct{}) {
	r, done := &reader{header: http.Header{}}, make(chan struct{})
	request := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	go func() {
		defer close(done)
		sse.Serve(r, request, stream, duration)
	}()
	synctest.Wait()
	return r, done
}

func TestServeWritesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		ctx, gone := context.WithCancel(t.Context())
		fresh, freshDone := serve(ctx, c.open(sse.Cursor{}, all), 0)
		resumed, resumedDone := serve(ctx, c.open(sse.At(0), all), 0)
		if got, want := fresh.String(), string(sse.Snapshot("s", 0, nil)); got != want {
			t.Errorf("a new reader got %q, want %q", got, want)
		}
		if got := resumed.String(); got != ":\n\n" {
			t.Errorf("a reader at the head got %q, want a comment", got)
		}
		c.write("a")
		synctest.Wait()
		if !strings.HasSuffix(fresh.String(), string(sse.Update("s", 1, []sse.Member{member("a", "1")}))) {
			t.Errorf("the update did not come: %q", fresh)
		}
		gone()
		<-freshDone
		<-resumedDone
		if n := c.stats.Streams.Load(); n != 0 {
			t.Errorf("%d streams are left", n)
		}
		if n := c.stats.Bytes.Load(); n != int64(len(fresh.String())+len(resumed.String())) {
			t.Errorf("%d bytes counted, %d written", n, len(fresh.String())+len(resumed.String()))
		}
	})
}

func TestServeCommentsEvery15Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		r, done := serve(t.Context(), c.open(sse.At(0), all), time.Minute)
		for seen := 1; seen < 5; seen++ {
			time.Sleep(15*time.Second - time.Millisecond) // in the time of the bubble
			synctest.Wait()
			if got := strings.Count(r.String(), ":\n\n"); got <= seen {
				t.Fatalf("%d comments after %d times 15 s", got, seen)
			}
		}
		<-done
	})
}

func TestServeEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begin := newCounter(), time.Now()
		r, done := serve(t.Context(), c.open(sse.Cursor{}, all), 2500*time.Millisecond)
		<-done
		if took := time.Since(begin); took != 2500*time.Millisecond {
			t.Errorf("ended after %v, want 2.5 s", took)
		}
		if strings.Contains(r.String(), "event: end") {
			t.Errorf("a stream that is over by itself may be opened again: %q", r)
		}
	})
}

func TestNoSilenceServeEndsWithAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		stream := c.open(sse.Cursor{}, all)
		r, done := serve(t.Context(), stream, 0)
		stream.End("left")
		<-done
		if !strings.HasSuffix(r.String(), string(sse.End("s", 0, "left"))) {
			t.Errorf("got %q", r)
		}
	})
}

func TestAloneServeKeepsASlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		ctx, gone := context.WithCancel(t.Context())
		r, done := serve(ctx, c.open(sse.Cursor{}, all), 0)
		r.stop()
		for range 5000 {
			c.write("a")
		}
		time.Sleep(4 * time.Minute) // of the bubble
		r.goOn()
		time.Sleep(time.Second)
		if got, want := r.String(), string(sse.Update("s", 5000, []sse.Member{member("a", "5000")})); !strings.Contains(got, want) {
			t.Errorf("the last value did not come: %q", got[max(0, len(got)-200):])
		}
		gone()
		<-done
	})
}

// A reader that has stopped must not hold a stream that is over.
func TestEndServeDoesNotWaitForAStoppedReader(t *testing.T) {
	for name, end := range map[string]func(*counter, *sse.Stream){
		"its peer has gone":   func(_ *counter, s *sse.Stream) { s.End("kicked") },
		"the hub goes down":   func(c *counter, _ *sse.Stream) { c.hub.Close() },
		"it takes no byte":    func(*counter, *sse.Stream) {},
		"ended before a byte": func(c *counter, s *sse.Stream) { s.End("left"); c.hub.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCounter()
				stream := c.open(sse.Cursor{}, all)
				r, done := serve(t.Context(), stream, 0)
				r.stop()
				c.write("a")
				synctest.Wait()
				begin := time.Now()
				end(c, stream)
				<-done
				limit := 2 * time.Second
				if name == "it takes no byte" {
					limit = 6 * time.Minute
				}
				if took := time.Since(begin); took > limit {
					t.Errorf("the stream ended after %v", took)
				}
			})
		})
	}
}

// crawler takes a piece in 0.9 s.
type crawler struct{ reader }

func (c *crawler) Write(data []byte) (int, error) {
	time.Sleep(900 * time.Millisecond) // of the bubble
	c.mu.Lock()
	defer c.mu.Unlock()
	if !time.Now().Before(c.deadline) {
		return 0, errDeadline
	}
	return len(data), nil
}

// Nor must a reader that takes a little all the time.
func TestEndServeDoesNotWaitForACrawlingReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		c.padding = `"` + strings.Repeat("x", 16<<20) + `"`
		stream, done := c.open(sse.Cursor{}, all), make(chan struct{})
		go func() {
			defer close(done)
			sse.Serve(new(crawler), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), stream, 0)
		}()
		time.Sleep(2 * time.Second)
		begin := time.Now()
		stream.End("kicked")
		<-done
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("the stream ended after %v", took)
		}
	})
}

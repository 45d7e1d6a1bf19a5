package sse_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"session-store/sse"
)

// ended are the reasons that were counted, in short: left 1, reader 2.
func ended(s *sse.Stats) string {
	e := &s.Ended
	var parts []string
	for name, count := range map[string]int64{
		"left": e.Left.Load(), "kicked": e.Kicked.Load(), "timeout": e.Timeout.Load(),
		"session_over": e.SessionOver.Load(), "expired": e.Expired.Load(),
		"reader": e.Reader.Load(), "duration": e.Duration.Load(), "sent_away": e.SentAway.Load(),
		"stalled": e.Stalled.Load(), "silent": e.Silent.Load(),
	} {
		if count != 0 {
			parts = append(parts, fmt.Sprint(name, " ", count))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func starts(s *sse.Starts) string {
	return fmt.Sprint(s.Nothing.Load(), " nothing, ", s.Update.Load(), " update, ", s.Snapshot.Load(), " snapshot")
}

func TestStatsSayWhyAStreamHasEnded(t *testing.T) {
	none := func(*counter, *sse.Stream, *reader, func()) {}
	tests := []struct {
		want     string
		duration time.Duration
		end      func(c *counter, s *sse.Stream, r *reader, leave func())
	}{
		{"reader 1", 0, func(_ *counter, _ *sse.Stream, _ *reader, leave func()) { leave() }},
		{"reader 1", time.Hour, func(_ *counter, _ *sse.Stream, _ *reader, leave func()) { leave() }},
		{"duration 1", time.Minute, none},
		{"sent_away 1", 0, func(c *counter, _ *sse.Stream, _ *reader, _ func()) { c.hub.Close() }},
		{"stalled 1", 0, func(c *counter, _ *sse.Stream, r *reader, _ func()) { r.stop(); c.write("a") }},
		// What it was to be told goes before.
		{"left 1", 0, func(c *counter, s *sse.Stream, _ *reader, leave func()) { s.End("left"); c.hub.Close(); leave() }},
		{"kicked 1", 0, func(_ *counter, s *sse.Stream, r *reader, _ func()) { r.stop(); s.End("kicked"); s.End("left") }},
	}
	for _, reason := range []string{"left", "kicked", "timeout", "session_over", "expired"} {
		tests = append(tests, struct {
			want     string
			duration time.Duration
			end      func(*counter, *sse.Stream, *reader, func())
		}{reason + " 1", 0, func(_ *counter, s *sse.Stream, _ *reader, _ func()) { s.End(reason) }})
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCounter()
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				stream := c.open(sse.Cursor{}, all)
				r, done := serve(ctx, stream, tt.duration)
				tt.end(c, stream, r, leave)
				<-done
				if got := ended(&c.stats); got != tt.want || c.stats.Opened.Load() != 1 || c.stats.Waiting.Load() != 0 {
					t.Errorf("%d opened, ended: %q, want %q; %d wait", c.stats.Opened.Load(), got, tt.want, c.stats.Waiting.Load())
				}
			})
		})
	}
}

func TestStatsSayWhyOverBothWriters(t *testing.T) {
	for want, end := range map[string]func(b *bench, s *sse.Stream, leave func()){
		"reader 1":    func(_ *bench, _ *sse.Stream, leave func()) { leave() },
		"timeout 1":   func(_ *bench, s *sse.Stream, _ func()) { s.End("timeout") },
		"sent_away 1": func(b *bench, _ *sse.Stream, _ func()) { b.hub.Close() },
	} {
		t.Run(want, func(t *testing.T) {
			eachWriter(t, func(b *bench) {
				conn, lines, stream := b.connect()
				b.ids(lines, 0)
				end(b, stream, func() { _ = conn.Close() })
				<-b.closed
				if got := ended(&b.stats); got != want {
					b.Errorf("ended: %q, want %q", got, want)
				}
			})
		})
	}
}

// A reader that does not read is seen, and so is that it reads again.
func TestStatsOfAReaderThatWaits(t *testing.T) {
	eachWriter(t, func(b *bench) {
		b.buffer.Store(4096)
		conn, lines, stream := b.connect()
		_ = conn.SetReadBuffer(4096)
		b.ids(lines, 0)
		for begin := time.Now(); b.stats.Waiting.Load() == 0 || stream.Lag().Behind == 0; {
			b.write("a") // until no buffer takes more
			runtime.Gosched()
			if time.Since(begin) > 20*time.Second {
				b.Fatalf("%d wait, the lag is %+v", b.stats.Waiting.Load(), stream.Lag())
			}
		}
		if lag := b.hub.Lag(); lag.Streams != 1 || lag.Behind != 1 || lag.Most == 0 {
			b.Errorf("the lag is %+v", lag)
		}
		b.ids(lines, b.revision)
		for begin := time.Now(); b.stats.Waiting.Load() != 0 || stream.Lag() != (sse.Lag{Streams: 1}); runtime.Gosched() {
			if time.Since(begin) > 20*time.Second {
				b.Fatalf("it has read all: %d wait, the lag is %+v", b.stats.Waiting.Load(), stream.Lag())
			}
		}
	})
}

// One that goes without having read waits no more.
func TestStatsOfAReaderThatWaitsAndGoes(t *testing.T) {
	eachWriter(t, func(b *bench) {
		b.buffer.Store(4096)
		conn, lines, _ := b.connect()
		_ = conn.SetReadBuffer(4096)
		b.ids(lines, 0)
		for begin := time.Now(); b.stats.Waiting.Load() == 0 && time.Since(begin) < 20*time.Second; {
			b.write("a")
			runtime.Gosched()
		}
		_ = conn.SetLinger(0)
		_ = conn.Close()
		<-b.closed
		if waiting := b.stats.Waiting.Load(); waiting != 0 || ended(&b.stats) != "reader 1" {
			b.Errorf("%d wait, ended: %s", waiting, ended(&b.stats))
		}
	})
}

func TestStatsOfResumes(t *testing.T) {
	for name, tt := range map[string]struct {
		options sse.Options
		want    string
	}{
		"a new reader is none":       {sse.Options{}, "0 nothing, 0 update, 0 snapshot"},
		"at the head":                {sse.Options{Cursor: sse.At(2), Resumes: true}, "1 nothing, 0 update, 0 snapshot"},
		"behind":                     {sse.Options{Cursor: sse.At(1), Resumes: true}, "0 nothing, 1 update, 0 snapshot"},
		"behind, in what it sees":    {sse.Options{Cursor: sse.At(1), Resumes: true, Filter: keys{"z": true}}, "1 nothing, 0 update, 0 snapshot"},
		"from where nobody has been": {sse.Options{Resumes: true}, "0 nothing, 0 update, 1 snapshot"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounter()
			c.write("a")
			c.write("b")
			if tt.options.Filter == nil {
				tt.options.Filter = all
			}
			stream := c.hub.Open(tt.options)
			defer stream.Close()
			drain(t, stream)
			c.write("a")
			drain(t, stream)
			if got := starts(&c.stats.Resumed); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if got := starts(&c.stats.CaughtUp); got != "0 nothing, 0 update, 0 snapshot" {
				t.Errorf("that is no catching up: %s", got)
			}
		})
	}
}

// A reader that was too slow for the tail is counted, one that was shown other keys is
// not.
func TestStatsOfCatchups(t *testing.T) {
	c := newCounter()
	stream := c.open(sse.Cursor{}, all)
	defer stream.Close()
	drain(t, stream)
	for range 300 {
		c.write("a")
	}
	if lag := stream.Lag(); lag != (sse.Lag{Streams: 1, Behind: 1, Most: 300}) {
		t.Errorf("the lag is %+v", lag)
	}
	drain(t, stream)
	stream.Refilter(all)
	drain(t, stream)
	if got := starts(&c.stats.CaughtUp); got != "0 nothing, 1 update, 0 snapshot" {
		t.Error(got)
	}
}

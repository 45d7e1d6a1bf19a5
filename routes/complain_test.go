package routes

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A flood of errors writes a bounded number of lines, and the next one says how many
// are missing.
func TestComplaintsOfAFloodAreBounded(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(1_700_000_000, 0)
	c := newComplaints(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	for range 10_000 {
		c.say("request failed")
	}
	if lines := strings.Count(log.String(), "\n"); lines != complainBurst {
		t.Errorf("%d lines at once, want %d", lines, complainBurst)
	}
	log.Reset()
	now = now.Add(time.Second)
	for range 10_000 {
		c.say("request failed", "code", "unavailable")
	}
	if lines := strings.Count(log.String(), "\n"); lines != complainRate {
		t.Errorf("%d lines a second later, want %d", lines, complainRate)
	}
	if first, _, _ := strings.Cut(log.String(), "\n"); !strings.HasSuffix(first, "code=unavailable left_out=9950") {
		t.Errorf("it says %s", first)
	}
}

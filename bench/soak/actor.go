//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"session-store/e2e/peer"
)

// actor is one peer, from its join until it leaves or vanishes.
type actor struct {
	site   *site
	number int
	room   string
	*peer.Peer
	stream  *peer.Stream
	replica peer.Replica
	// own is the newest value under the key that only this actor writes.
	own int
	// past says when its last acts ended, how long they took and where they were, for
	// whoever wonders about a promise that was broken.
	past []string
}

// remembered is how many acts are told.
const remembered = 8

func (a *actor) remember(begun time.Time) {
	node, _, _ := strings.Cut(strings.TrimPrefix(a.URL, "http://"), "/")
	a.past = append(a.past, fmt.Sprintf("%s after %v at %s, stream %v", time.Now().Format("05.000"), time.Since(begun).Round(time.Millisecond), node, a.stream != nil))
	a.past = a.past[max(0, len(a.past)-remembered):]
}

func newActor(s *site, number int) *actor {
	return &actor{site: s, number: number, room: roomOf(rand.IntN(s.rooms))}
}

// live is a life: a few dozen acts, a pause after each.
func (a *actor) live(ctx context.Context) {
	var err error
	if a.Peer, err = peer.Join(ctx, a.site.url(rand.Int()), a.room); err != nil {
		a.unless(ctx, "join: %v", err)
		return
	}
	defer a.cut()
	for range 10 + rand.IntN(40) {
		if ctx.Err() != nil {
			return // without a word, as one vanishes
		}
		begun := time.Now()
		if !a.act(ctx) {
			return
		}
		a.remember(begun)
		pause(ctx, rand.N(a.site.pause))
	}
	if rand.IntN(5) > 1 {
		answer, err := a.Call(ctx, "POST", "/leave", "")
		a.want(ctx, "leave", answer, err, http.StatusNoContent)
	}
}

// act does one thing, and reports whether there is more to do.
func (a *actor) act(ctx context.Context) bool {
	switch n := rand.IntN(20); {
	case a.stream == nil && n < 8:
		return a.observe(ctx)
	case n < 4:
		return a.read(ctx)
	case n < 6:
		a.cut()
		return true
	case n < 7 && len(a.site.nodes) > 1:
		a.move()
		return true
	case n < 10:
		return a.putOwn(ctx)
	case n < 12:
		return a.add(ctx)
	case n < 14:
		return a.putPassing(ctx)
	case n < 15:
		return a.patch(ctx)
	case n < 16:
		answer, err := a.Remove(ctx, a.ownKey())
		a.own = 0
		return a.want(ctx, "remove", answer, err, http.StatusNoContent)
	case n < 17:
		return a.compare(ctx)
	default:
		answer, err := a.Call(ctx, "POST", "/heartbeat", "")
		return a.want(ctx, "heartbeat", answer, err, http.StatusNoContent)
	}
}

// unless notes a promise broken, but not at the end of the play.
func (a *actor) unless(ctx context.Context, format string, args ...any) {
	if ctx.Err() == nil {
		what := fmt.Sprintf(format, args...)
		a.site.breaks("%s: %s of a peer in %s at %s; before: %s", a.site.journal, what, a.room, time.Now().Format("15:04:05.000"), strings.Join(a.past, "; "))
	}
}

// want notes what is no answer that should be, and reports whether it was one.
func (a *actor) want(ctx context.Context, what string, answer peer.Answer, err error, statuses ...int) bool {
	if err == nil && slices.Contains(statuses, answer.Status) {
		return true
	}
	a.unless(ctx, "%s: status %d, %v: %s", what, answer.Status, err, answer.Body)
	return false
}

// observe opens a stream where the last one ended; what the peer has missed comes
// without a snapshot, since its session has gone on.
func (a *actor) observe(ctx context.Context) bool {
	since := a.replica.Position
	stream, err := a.Observe(ctx, "*", since)
	if err != nil {
		a.unless(ctx, "observe: %v", err)
		return false
	}
	if since != "" {
		a.site.count.cuts.Add(1)
	}
	a.stream = stream
	return true
}

func (a *actor) cut() {
	if a.stream != nil {
		a.stream.Close()
		a.stream = nil
	}
}

// move goes on at another node.
func (a *actor) move() {
	a.cut()
	a.URL = a.site.url(rand.Int()) + "/rooms/" + url.PathEscape(a.room)
}

// read writes under the own key, and reads the stream until it tells of it.
func (a *actor) read(ctx context.Context) bool {
	if a.stream == nil {
		return true
	}
	if !a.putOwn(ctx) {
		return false
	}
	want := fmt.Sprintf(`"value":%d,`, a.own)
	return a.readUntil(ctx, func() bool { return strings.Contains(a.replica.Entries[a.ownKey()], want) })
}

func (a *actor) readUntil(ctx context.Context, done func() bool) bool {
	reading, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	stop := context.AfterFunc(reading, a.stream.Close)
	defer stop()
	for !done() {
		event, err := a.stream.Next()
		if err == nil {
			a.site.count.events.Add(1)
			err = a.replica.Apply(event)
		}
		if err != nil {
			a.unless(ctx, "a stream: %v", err)
			return false
		}
	}
	if a.replica.Snapshots > 1 {
		a.unless(ctx, "%d snapshots for one peer", a.replica.Snapshots)
		return false
	}
	return true
}

func (a *actor) ownKey() string { return "own." + a.ID[:6] }

// putOwn writes what goes with the peer, so that those of the dead do not fill the
// room.
func (a *actor) putOwn(ctx context.Context) bool {
	a.own = rand.IntN(1 << 30)
	answer, err := a.Call(ctx, "PUT", "/store/"+a.ownKey(), fmt.Sprintf(`{"value": %d, "ephemeral": true}`, a.own))
	return a.wrote(ctx, "put", answer, err)
}

// wrote counts a write. A session has only so many keys: that is no broken promise.
func (a *actor) wrote(ctx context.Context, what string, answer peer.Answer, err error) bool {
	if err == nil && answer.Status == http.StatusConflict {
		a.site.count.refused.Add(1)
		a.own = 0
		return false // and so the room empties
	}
	a.site.count.writes.Add(1)
	return a.want(ctx, what, answer, err, http.StatusOK, http.StatusCreated)
}

//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"session-store/e2e/peer"
)

// add counts a number up that all of the room share, on the condition that nobody
// else has meanwhile.
func (a *actor) add(ctx context.Context) bool {
	was, err := a.Call(ctx, "GET", "/store/sum", "")
	if !a.want(ctx, "get", was, err, http.StatusOK, http.StatusNotFound) {
		return false
	}
	value, condition := 1, []string{"If-None-Match", "*"}
	if was.Status == http.StatusOK {
		old, _ := strconv.Atoi(was.Field("value"))
		value, condition = old+1, []string{"If-Match", was.Header.Get("ETag")}
	}
	answer, err := a.Put(ctx, "sum", strconv.Itoa(value), condition...)
	if err == nil && answer.Status == http.StatusPreconditionFailed {
		a.site.count.refused.Add(1)
		return true
	}
	if !a.wrote(ctx, "add", answer, err) {
		return false
	}
	if got := answer.Field("value"); got != strconv.Itoa(value) {
		a.unless(ctx, "%d was written and %s answered", value, got)
		return false
	}
	return true
}

// putPassing writes what goes by itself.
func (a *actor) putPassing(ctx context.Context) bool {
	passing := `{"value": true, "ephemeral": true}`
	if rand.IntN(2) == 0 {
		passing = fmt.Sprintf(`{"value": %d, "ttl": %d}`, rand.Int(), 1+rand.IntN(5))
	}
	answer, err := a.Call(ctx, "PUT", "/store/passing."+a.ID[:6], passing)
	return a.wrote(ctx, "put what passes", answer, err)
}

// patch changes several keys at once: the two that it sets are the same for
// everybody, always.
func (a *actor) patch(ctx context.Context) bool {
	n := rand.IntN(1 << 30)
	answer, err := a.Call(ctx, "PATCH", "/store", fmt.Sprintf(`{"set": {"left": %d, "right": %d}}`, n, n))
	return a.wrote(ctx, "patch", answer, err)
}

// compare wants the twins of patch to be equal in the store, and a replica that has
// got as far as the store to be equal to it.
func (a *actor) compare(ctx context.Context) bool {
	store, err := a.Call(ctx, "GET", "/store", "")
	if !a.want(ctx, "get all", store, err, http.StatusOK) {
		return false
	}
	var held peer.Replica
	if err := held.Apply(peer.Event{Name: "snapshot", ID: trim(store.Header.Get("ETag")), Data: string(store.Body)}); err != nil {
		a.unless(ctx, "a store: %v", err)
		return false
	}
	if left, right := valueOf(held.Entries["left"]), valueOf(held.Entries["right"]); left != right {
		a.unless(ctx, "half of a patch: %s and %s", left, right)
		return false
	}
	if a.stream != nil && !a.readUntil(ctx, func() bool { return !isBefore(a.replica.Position, held.Position) }) {
		return false
	}
	if a.replica.Position == held.Position {
		a.site.count.checks.Add(1)
		if err := a.replica.Equal(store); err != nil {
			a.unless(ctx, "a replica: %v", err)
			return false
		}
	}
	return true
}

// isBefore compares two positions of one session.
func isBefore(a, b string) bool {
	_, one, _ := strings.Cut(a, "-")
	_, other, _ := strings.Cut(b, "-")
	return len(one) < len(other) || len(one) == len(other) && one < other
}

func trim(tag string) string {
	if len(tag) < 2 {
		return tag
	}
	return tag[1 : len(tag)-1]
}

func valueOf(entry string) string {
	return peer.Answer{Body: []byte(entry)}.Field("value")
}

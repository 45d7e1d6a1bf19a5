package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"session-store/auth"
	"session-store/e2e/peer"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
	"session-store/routes"
)

// serveBounded runs a server inside the test with routes that are bounded too.
func serveBounded(t *testing.T, rooms room.Config, config routes.Config) string {
	t.Helper()
	rooms.Journal, rooms.NewSessionID = memory.New(), auth.NewSessionID
	config.Rooms = room.NewRegistry(rooms)
	server := httptest.NewServer(routes.New(config))
	t.Cleanup(func() {
		config.Rooms.CloseStreams()
		http.DefaultClient.CloseIdleConnections()
		server.Close()
		config.Rooms.Close()
	})
	return server.URL
}

// tryJoin joins, from the address if one is given.
func tryJoin(t *testing.T, base, name, address string) peer.Answer {
	t.Helper()
	p := &peer.Peer{HTTP: http.DefaultClient, URL: base + "/rooms/" + name}
	var headers []string
	if address != "" {
		headers = []string{"X-Forwarded-For", address}
	}
	answer, err := p.Call(t.Context(), http.MethodPost, "/join", "", headers...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// wantProblem wants a refusal that says when to come back, in seconds.
func wantProblem(t *testing.T, answer peer.Answer, status int, code model.Code, after int) {
	t.Helper()
	if answer.Status != status || answer.Field("code") != strconv.Quote(string(code)) || answer.Header.Get("Retry-After") != fmt.Sprint(after) {
		t.Errorf("%d, Retry-After %q: %s\nwant %d %s after %d s",
			answer.Status, answer.Header.Get("Retry-After"), answer.Body, status, code, after)
	}
	if got := answer.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("it is %s", got)
	}
}

// wantLimit: API.md, "Limits add limit and actual".
func wantLimit(t *testing.T, answer peer.Answer, limit, actual string) {
	t.Helper()
	if answer.Field("limit") != limit || answer.Field("actual") != actual {
		t.Errorf("%s: want the limit %s and what there would be, %s", answer.Body, limit, actual)
	}
}

func wantJoined(t *testing.T, answer peer.Answer) {
	t.Helper()
	if answer.Status != http.StatusCreated {
		t.Errorf("join: %d: %s", answer.Status, answer.Body)
	}
}

func TestBoundOfAFullRoom(t *testing.T) {
	base := serveBounded(t, room.Config{Limits: model.Limits{Peers: 2}}, routes.Config{})
	first := join(t, base, "a")
	join(t, base, "a")
	full := tryJoin(t, base, "a", "")
	wantProblem(t, full, 503, model.Unavailable, 1)
	wantLimit(t, full, "2", "3")
	wantJoined(t, tryJoin(t, base, "b", ""))
	must(t, 200)(first.Call(t.Context(), "POST", "/join", "")) // is in it already
	must(t, 204)(first.Call(t.Context(), "POST", "/leave", ""))
	wantJoined(t, tryJoin(t, base, "a", ""))
}

func TestBoundOfRooms(t *testing.T) {
	base := serveBounded(t, room.Config{MaxRooms: 1}, routes.Config{})
	first := join(t, base, "a")
	full := tryJoin(t, base, "b", "")
	wantProblem(t, full, 503, model.Unavailable, 1)
	wantLimit(t, full, "1", "2")
	wantJoined(t, tryJoin(t, base, "a", ""))
	// API.md: "No token, an unknown one, or one of a peer that has left: 401"
	stranger := &peer.Peer{HTTP: http.DefaultClient, URL: base + "/rooms/b", Token: first.Token}
	must(t, 401)(stranger.Call(t.Context(), "GET", "", ""))
	must(t, 401)(stranger.Call(t.Context(), "GET", "/observe?keys=*", ""))
}

func TestBoundOfJoinsFromOneAddress(t *testing.T) {
	var now atomic.Int64 // in seconds; the buckets are filled by this clock
	clock := func() time.Time { return time.Unix(1_700_000_000+now.Load(), 0) }
	base := serveBounded(t, room.Config{}, routes.Config{JoinRate: 0.5, Now: clock})
	for range 5 { // ten seconds' worth
		wantJoined(t, tryJoin(t, base, "a", ""))
	}
	wantProblem(t, tryJoin(t, base, "a", ""), 429, model.RateLimited, 2)
	wantProblem(t, tryJoin(t, base, "b", "192.0.2.1"), 429, model.RateLimited, 2) // nobody's word is taken for it
	now.Add(2)
	wantJoined(t, tryJoin(t, base, "a", ""))
	wantProblem(t, tryJoin(t, base, "a", ""), 429, model.RateLimited, 2)
}

func TestBoundOfJoinsBehindAProxy(t *testing.T) {
	clock := func() time.Time { return time.Unix(1_700_000_000, 0) }
	base := serveBounded(t, room.Config{}, routes.Config{JoinRate: 0.1, Now: clock, TrustedProxies: []string{"127.0.0.1"}})
	for _, address := range []string{"192.0.2.1", "192.0.2.2", "2001:db8:1::1", "2001:db8:1:1::1"} {
		wantJoined(t, tryJoin(t, base, "a", address))
		wantProblem(t, tryJoin(t, base, "a", address), 429, model.RateLimited, 10)
	}
	// One host has all addresses of its network.
	wantProblem(t, tryJoin(t, base, "a", "2001:db8:1::ffff"), 429, model.RateLimited, 10)
}

func TestBoundOfWrites(t *testing.T) {
	stopped := func() time.Time { return time.Unix(1_700_000_000, 0) }
	base := serveBounded(t, room.Config{WriteRate: 0.1, Now: stopped}, routes.Config{})
	p := join(t, base, "a")
	must(t, 201)(p.Put(t.Context(), "k", "1"))
	before := must(t, 200)(p.Call(t.Context(), "GET", "/store", ""))
	for name, call := range map[string][3]string{
		"put":    {"PUT", "/store/k", `{"value":2}`},
		"patch":  {"PATCH", "/store", `{"set":{"k":2}}`},
		"delete": {"DELETE", "/store/k", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := p.Call(t.Context(), call[0], call[1], call[2])
			if err != nil {
				t.Fatal(err)
			}
			wantProblem(t, answer, 429, model.RateLimited, 10)
		})
	}
	if after := must(t, 200)(p.Call(t.Context(), "GET", "/store", "")); string(after.Body) != string(before.Body) {
		t.Errorf("refused, and it was %s and is %s", before.Body, after.Body)
	}
}

var onlyRetry = regexp.MustCompile(`^retry: [1-5]\d{3}\n\n$`)

// An EventSource gives up for good on any status but 200, so at a bound it is told
// to come back, and nothing else. When there is room again, it is let in.
func TestBoundOfStreamsLetsAnEventSourceComeBack(t *testing.T) {
	tests := map[string]room.Config{"of a peer": {MaxPeerStreams: 2}, "of a server": {MaxStreams: 2}}
	for name, config := range tests {
		t.Run(name, func(t *testing.T) {
			base := serveBounded(t, config, routes.Config{})
			p := join(t, base, "a")
			streams := observeTimes(t, p, 2, "*")
			answer := must(t, 200)(p.Call(t.Context(), "GET", "/observe?keys=*", ""))
			if !onlyRetry.Match(answer.Body) {
				t.Errorf("it is told %q", answer.Body)
			}
			if answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("the header is %v", answer.Header)
			}
			// What is pointless is still said, also at the bound.
			must(t, 400)(p.Call(t.Context(), "GET", "/observe", ""))
			stranger := &peer.Peer{HTTP: http.DefaultClient, URL: p.URL, Token: "x.y"}
			must(t, 401)(stranger.Call(t.Context(), "GET", "/observe?keys=*", ""))

			streams[0].Close()
			waitForStream(t, p)
		})
	}
}

// waitForStream comes back until it is let in: the server hears of a closed
// connection a moment later.
func waitForStream(t *testing.T, p *peer.Peer) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < patience; {
		stream, err := p.Observe(t.Context(), "*", "")
		if err != nil {
			t.Fatal(err)
		}
		event, err := stream.Next()
		stream.Close()
		if err == nil && event.Name == "snapshot" {
			return
		}
	}
	t.Error("it is never let in again")
}

package routes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"session-store/auth"
	"session-store/journal"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
	"session-store/routes"
	"session-store/sse"
	"session-store/trace"
)

// watched is a whole server of which everything is kept that it says: in its log, in its
// metrics, to an operator, to whoever collects its traces.
type watched struct {
	*testing.T
	url     string
	rooms   *room.Registry
	log     text
	journal *brittle
	admin   http.Handler
	calls   int
	// secrets are the tokens and values that it was given and has given out.
	secrets []string
}

// text is written by many, and read in the end.
type text struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buffer.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buffer.String()
}

// brittle is a journal that fails when it is told to.
type brittle struct {
	journal.Journal
	fails, panics atomic.Bool
}

type brittleLog struct {
	journal.Log
	brittle *brittle
}

func (b *brittle) Open(ctx context.Context, name string, wake func()) (journal.Log, error) {
	log, err := b.Journal.Open(ctx, name, wake)
	return brittleLog{log, b}, err
}

func (l brittleLog) Append(ctx context.Context, after uint64, changes []*model.Change) (uint64, error) {
	switch {
	case l.brittle.fails.Load():
		return 0, errors.New("the disk is full")
	case l.brittle.panics.Load():
		panic("the disk is on fire")
	}
	return l.Log.Append(ctx, after, changes)
}

// watch runs a server; the verifier and the tracer may be nil.
func watch(t *testing.T, verifier *auth.Verifier, tracer *trace.Tracer) *watched {
	t.Helper()
	w := &watched{T: t, journal: &brittle{Journal: memory.New()}}
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	pump, err := sse.NewPump()
	if err != nil {
		t.Fatal(err)
	}
	var pumping sync.WaitGroup
	pumping.Go(pump.Run)
	w.rooms = room.NewRegistry(room.Config{
		Journal: w.journal, NewSessionID: auth.NewSessionID, Pump: pump, Tracer: tracer, Log: log, MaxStreams: 1000,
	})
	handler := routes.New(routes.Config{
		Rooms: w.rooms, Verifier: verifier, Pump: pump, Tracer: tracer, Log: log,
	})
	server := httptest.NewServer(handler)
	w.url, w.admin = server.URL, handler.Admin(http.NotFoundHandler())
	t.Cleanup(func() {
		w.rooms.CloseStreams()
		server.Close()
		pump.Close()
		pumping.Wait()
		w.rooms.Close()
	})
	return w
}

// do calls; token stands in the header unless the path has it already. fields are
// headers, Name: value.
func (w *watched) do(method, path, token, body string, fields ...string) (status int, answer []byte) {
	w.Helper()
	w.calls++
	request := newRequest(w.T, method, w.url+path, token, body)
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	return response.StatusCode, answer
}

// join gives a new peer; bearer is a JWT or empty.
func (w *watched) join(room, bearer string) joined {
	w.Helper()
	status, body := w.do("POST", "/rooms/"+room+"/join", bearer, `{"name":"Ann"}`)
	if status != 201 {
		w.Fatalf("join: %d %s", status, body)
	}
	peer := joinedOf(w.T, body)
	w.secrets = append(w.secrets, peer.token)
	return peer
}

// value is one that nothing else is like.
func (w *watched) value() string {
	value := fmt.Sprintf("v4lue-%d-of-nobody", len(w.secrets))
	w.secrets = append(w.secrets, value)
	return value
}

// driveAll makes each call there is in a room, well and badly, and leaves the peer that
// it gives and its entry there.
func (w *watched) driveAll(room, bearer string) joined {
	w.Helper()
	at := "/rooms/" + room
	peer, other := w.join(room, bearer), w.join(room, bearer)
	if bearer == "" {
		w.do("POST", at+"/join", peer.token, "")
	} else {
		w.do("POST", at+"/join", bearer, `{"token":"`+peer.token+`"}`)
	}
	for _, call := range [][]string{
		{"PUT", at + "/store/k", peer.token, `{"value":"` + w.value() + `"}`},
		{"PUT", at + "/store/k", peer.token, `{"value":"` + w.value() + `","ttl":60}`},
		{"PUT", at + "/store/hand", other.token, `{"value":"` + w.value() + `","ephemeral":true}`},
		{"PATCH", at + "/store", peer.token, `{"set":{"l":"` + w.value() + `"},"remove":["none"]}`},
		{"GET", at + "/store", peer.token, ""},
		{"GET", at + "/store/k", peer.token, ""},
		{"GET", at + "/store/none", peer.token, ""},
		{"GET", at, peer.token, ""},
		{"GET", at + "/peers", peer.token, ""},
		{"POST", at + "/heartbeat", peer.token, ""},
		{"GET", at + "/observe?for=0.02&keys=*&access_token=" + peer.token, "", ""},
		{"GET", at + "/observe?for=0.02&keys=*&since=x-1", peer.token, ""},
		{"PUT", at + "/store/k", peer.token, `{"value":"` + w.value() + `"}`, "If-None-Match: *"},
		{"PUT", at + "/store/k", peer.token, `{"value":"` + w.value() + strings.Repeat("x", 1024) + `"}`},
		{"PUT", at + "/store/k", peer.token, `{"value":"` + w.value() + ` }`},
		{"PUT", at + "/store/k", peer.token, `{"valu":"` + w.value() + `"}`},
		{"PUT", at + "/store/k", "x" + peer.token, `{"value":1}`},
		{"PUT", at + "/store/k", "", `{"value":1}`},
		{"PUT", at + "/store/k?access_token=" + peer.token, "", `{"value":1}`},
		{"PUT", at + "/store/%00", peer.token, `{"value":1}`},
		{"DELETE", at + "/store/l", peer.token, ""},
		{"DELETE", at + "/peers/" + other.id, peer.token, ""},
		{"POST", at + "/leave?access_token=" + other.token, "", ""},
		{"POST", at + "/leave", other.token, ""},
		{"GET", "/nothing?access_token=" + peer.token, peer.token, ""},
		{"PUT", at + "/join", peer.token, ""},
		{"GET", "/rooms/no%20room", peer.token, ""},
	} {
		w.do(call[0], call[1], call[2], call[3], call[4:]...)
	}
	return peer
}

// driveFaults makes calls that fail because of us.
func (w *watched) driveFaults(room string, peer joined) {
	w.Helper()
	at := "/rooms/" + room
	w.journal.fails.Store(true)
	w.do("PUT", at+"/store/k", peer.token, `{"value":"`+w.value()+`"}`)
	w.journal.fails.Store(false)
	w.journal.panics.Store(true)
	w.do("PUT", at+"/store/k", peer.token, `{"value":"`+w.value()+`"}`)
	w.journal.panics.Store(false)
}

// wantSilent wants none of the secrets in what was said.
func (w *watched) wantSilent(where, said string) {
	w.Helper()
	if said == "" {
		w.Errorf("%s is empty", where)
	}
	for _, secret := range w.secrets {
		if at := strings.Index(said, secret); at >= 0 {
			w.Errorf("%s has %q: … %s", where, secret, said[max(0, at-200):min(len(said), at+100)])
		}
	}
}

// until waits for what happens behind an answer.
func (w *watched) until(what string, is func() bool) {
	w.Helper()
	for begin := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			w.Fatalf("10 s later, %s", what)
		}
	}
}

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// quietTime is how long a stream lasts without an event: eight comments, and twice
// the timeout of the proxies.
const quietTime = 2 * time.Minute

// Each example of a proxy carries calls and streams as if it were not there, keeps
// a stream of two minutes in which nothing happens, and lets readers go on where they
// were when it is reloaded. All proxies at once, and the server without one.
func TestProxies(t *testing.T) {
	t.Parallel()
	switch part := inside(); part {
	case "":
	case "none":
		directStreams(t)
		return
	default:
		proxied(t, fronts[part])
		return
	}
	var group sync.WaitGroup
	for name := range fronts {
		group.Go(func() { runInside(t, name, quietTime+insideTimeout) })
	}
	group.Go(func() { runInside(t, "none", quietTime+insideTimeout) })
	group.Wait()
}

func proxied(t *testing.T, startFront func(t *testing.T) *front) {
	program := start(t, "--addr", "127.0.0.1:8080", "--trusted-proxies", "127.0.0.1",
		"--join-rate", "0.2", "--peer-timeout", "20s")
	f := startFront(t)
	// client is a browser at an address of its own: at 0.2 a second, two may join there.
	client := func(from string) *http.Client { return clientOf(t, f.cert, from, http2) }
	eventually(t, startTimeout, func() error { return wantOK(client("127.0.0.2"), "https://localhost/readyz") })

	t.Run("calls", func(t *testing.T) { proxiedCalls(t, client("127.0.0.3")) })
	t.Run("addresses", func(t *testing.T) { proxiedAddresses(t, client) })
	t.Run("gone", func(t *testing.T) { proxiedReaderGoes(t, client("127.0.0.9")) })
	t.Run("two minutes", func(t *testing.T) {
		if err := quiet(t.Context(), joinWith(t, client("127.0.0.4"), "https://localhost", "quiet"), 2); err != nil {
			t.Error(err)
		}
	})
	t.Run("reload", func(t *testing.T) { proxiedReload(t, f, client("127.0.0.5")) })
	t.Run("logs", func(t *testing.T) { proxiedLogs(t, program, f, client("127.0.0.6")) })
}

func wantOK(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", url, response.StatusCode)
	}
	return nil
}

// joinWith makes a peer that calls with the client.
func joinWith(t *testing.T, client *http.Client, base, room string) *peer.Peer {
	t.Helper()
	p, err := tryJoinWith(t.Context(), client, base, room)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tryJoinWith(ctx context.Context, client *http.Client, base, room string) (*peer.Peer, error) {
	p := &peer.Peer{HTTP: client, URL: base + "/rooms/" + room}
	answer, err := p.Call(ctx, http.MethodPost, "/join", "")
	if err != nil || answer.Status != http.StatusCreated {
		return nil, fmt.Errorf("a join: %d, %v: %s", answer.Status, err, answer.Body)
	}
	p.Token, err = strconv.Unquote(answer.Field("token"))
	return p, err
}

// proxiedCalls looks at what proxies are known to spoil.
func proxiedCalls(t *testing.T, client *http.Client) {
	p := joinWith(t, client, "https://localhost", "calls")
	const key = "a/b c+d%2Fe.é"
	written := must(t, http.StatusCreated)(p.Put(t.Context(), key, `"x"`))
	if got := written.Field("key"); got != strconv.Quote(key) {
		t.Errorf("the key %q has become %s", key, got)
	}
	read := must(t, http.StatusOK)(p.Call(t.Context(), "GET", "/store", ""))
	must(t, http.StatusNotModified)(p.Call(t.Context(), "GET", "/store", "", "If-None-Match", read.Header.Get("ETag")))
	refused := must(t, http.StatusPreconditionFailed)(p.Put(t.Context(), key, `"y"`, "If-None-Match", "*"))
	if refused.Header.Get("Content-Type") != "application/problem+json" || refused.Field("current") == "" {
		t.Errorf("a refusal has become %v %s", refused.Header, refused.Body)
	}
	must(t, http.StatusNoContent)(p.Remove(t.Context(), key, "If-Match", written.Header.Get("ETag")))
}

// proxiedAddresses joins from three addresses; what a client says about its own is
// not believed.
func proxiedAddresses(t *testing.T, client func(from string) *http.Client) {
	try := func(from string, headers ...string) int {
		t.Helper()
		p := &peer.Peer{HTTP: client(from), URL: "https://localhost/rooms/addresses"}
		answer, err := p.Call(t.Context(), "POST", "/join", "", headers...)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Status
	}
	for i, want := range []int{201, 201, 429} {
		said := fmt.Sprintf("10.0.0.%d", i)
		if got := try("127.0.0.7", "X-Forwarded-For", said, "X-Real-IP", said, "Forwarded", "for="+said); got != want {
			t.Errorf("join %d from one address: %d, want %d", i+1, got, want)
		}
	}
	if got := try("127.0.0.8"); got != 201 {
		t.Errorf("join from another address: %d, want 201", got)
	}
}

// proxiedReaderGoes closes a stream: the server hears of it at once, and not with the
// next comment, so that others see in time who has left.
func proxiedReaderGoes(t *testing.T, client *http.Client) {
	direct := clientOf(t, nil, "", http1)
	streams := func(want string) error {
		p := &peer.Peer{HTTP: direct, URL: "http://127.0.0.1:8080"}
		answer, err := p.Call(t.Context(), "GET", "/metrics", "")
		if match := openStreams.FindSubmatch(answer.Body); err == nil && (match == nil || string(match[1]) != want) {
			err = fmt.Errorf("the server has not %s streams: %s", want, match)
		}
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	stream, err := joinWith(t, client, "https://localhost", "gone").Observe(ctx, "*", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := streams("1"); err != nil {
		t.Error(err)
	}
	stream.Close()
	eventually(t, 8*time.Second, func() error { return streams("0") }) // the next comment comes after 15
}

// quiet opens a stream over the version of HTTP, lets it be for quietTime, and wants
// the events of ten writes after it at once.
func quiet(ctx context.Context, p *peer.Peer, version int) error {
	if err := wantVersion(ctx, p, version); err != nil {
		return err
	}
	// What a proxy holds back may never come.
	ctx, cancel := context.WithTimeout(ctx, quietTime+20*time.Second)
	defer cancel()
	stream, err := p.Observe(ctx, "*", "")
	if err != nil {
		return err
	}
	defer stream.Close()
	begin := time.Now()
	if event, err := stream.Next(); err != nil || event.Name != "snapshot" {
		return fmt.Errorf("the first event is %v, %w", event, err)
	}
	quietly := time.AfterFunc(quietTime, func() { _, _ = p.Put(ctx, "k", "0") })
	defer quietly.Stop()
	if _, err := stream.Next(); err != nil {
		return fmt.Errorf("after %v: %w", time.Since(begin), err)
	}
	if lasted := time.Since(begin); lasted < quietTime {
		return fmt.Errorf("the stream was not quiet: an event after %v", lasted)
	}
	fastest := quietTime
	for range 10 {
		begin := time.Now()
		if _, err := p.Put(ctx, "k", "1"); err != nil {
			return err
		}
		if _, err := stream.Next(); err != nil {
			return err
		}
		fastest = min(fastest, time.Since(begin))
	}
	// Proxies that collect wait for 100 ms and more, each time.
	if fastest > 90*time.Millisecond {
		return fmt.Errorf("the fastest of ten events took %v", fastest)
	}
	return nil
}

// wantVersion wants calls to go over the version of HTTP.
func wantVersion(ctx context.Context, p *peer.Peer, version int) error {
	target, err := url.JoinPath(p.URL, "../..", "healthz")
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	response, err := p.HTTP.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.ProtoMajor != version {
		return fmt.Errorf("%s answers over %s", target, response.Proto)
	}
	return nil
}

// directStreams is quiet over each protocol that the server speaks.
func directStreams(t *testing.T) {
	made := newCertificate(t)
	plain, secure := start(t, "--peer-timeout", "20s").url, startTLS(t, made, "--peer-timeout", "20s").url
	var group sync.WaitGroup
	for name, way := range map[string]struct {
		base    string
		client  *http.Client
		version int
	}{
		"HTTP/1.1":      {plain, clientOf(t, nil, "", http1), 1},
		"h2c":           {plain, clientOf(t, nil, "", h2c), 2},
		"HTTP/1.1, TLS": {secure, clientOf(t, made.cert, "", http1), 1},
		"HTTP/2, TLS":   {secure, clientOf(t, made.cert, "", http2), 2},
	} {
		p := joinWith(t, way.client, way.base, "quiet."+strconv.Itoa(len(name)))
		group.Go(func() {
			if err := quiet(t.Context(), p, way.version); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	group.Wait()
}

// proxiedLogs looks for the token where a stream is logged that could not be opened.
func proxiedLogs(t *testing.T, program *program, f *front, client *http.Client) {
	p := joinWith(t, client, "https://localhost", "secret")
	program.kill(t)
	if stream, err := p.Observe(t.Context(), "*", ""); err == nil {
		stream.Close()
		t.Fatal("there is a stream of a server that is not there")
	}
	var logs string
	eventually(t, startTimeout, func() error {
		if logs = f.logs(t); !strings.Contains(logs, "/rooms/secret/observe") {
			return fmt.Errorf("the logs do not have the stream:\n%s", logs)
		}
		return nil
	})
	if strings.Contains(logs, p.Token) {
		t.Errorf("the token is in the logs:\n%s", logs)
	}
}

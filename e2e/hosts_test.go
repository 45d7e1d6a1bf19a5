package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// called sends a request for a host to an address, and gives the status and code of the
// answer.
func called(t *testing.T, client *http.Client, method, url, host string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	// So says a page whose name points here.
	request.Header.Set("Origin", "http://"+host)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode < 400 || response.Header.Get("Content-Type") != "application/problem+json" {
		return fmt.Sprint(response.StatusCode)
	}
	var problem struct{ Code, Detail string }
	if err := json.Unmarshal(body, &problem); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	if problem.Code == "forbidden" && !strings.Contains(problem.Detail, "--allowed-hosts") {
		t.Errorf("it does not say what to do: %s", problem.Detail)
	}
	return fmt.Sprint(response.StatusCode, " ", problem.Code)
}

// Pages cannot reach the server by a name of their own (DNS rebinding): where names are
// given at the public address, and always where operators ask.
func TestHosts(t *testing.T) {
	t.Parallel()
	addr := fixedAddr(t)
	open, admin := start(t, "--admin-addr", addr).url, "http://"+addr
	otherAddr := fixedAddr(t)
	closed, otherAdmin := start(t, "--admin-addr", otherAddr, "--allowed-hosts", "session.example.com,*.example.org").url, "http://"+otherAddr
	clients := map[string]*http.Client{"HTTP/1.1": clientOf(t, nil, "", http1), "h2c": clientOf(t, nil, "", h2c)}
	for _, call := range []struct{ method, url, host, want string }{
		{"POST", open + "/rooms/r/join", "evil.example", "201"}, // any
		{"GET", open + "/metrics", "evil.example", "200"},

		{"POST", closed + "/rooms/r/join", "session.example.com", "201"},
		{"POST", closed + "/rooms/r/join", "Session.Example.Com:8443", "201"},
		{"POST", closed + "/rooms/r/join", "a.example.org", "201"},
		{"POST", closed + "/rooms/r/join", "", "201"}, // as it is: its address
		{"POST", closed + "/rooms/r/join", "localhost:8080", "201"},
		{"POST", closed + "/rooms/r/join", "[::1]:8080", "201"},
		{"POST", closed + "/rooms/r/join", "evil.example", "403 forbidden"},
		{"POST", closed + "/rooms/r/join", "session.example.com.evil.example", "403 forbidden"},
		{"POST", closed + "/rooms/r/join", "localhost.evil.example:8080", "403 forbidden"},
		{"POST", closed + "/rooms/r/join", "session-store", "403 forbidden"},
		{"GET", closed + "/rooms/r/observe?keys=*", "evil.example", "403 forbidden"},
		{"GET", closed + "/metrics", "evil.example", "403 forbidden"},
		{"GET", closed + "/nothing", "evil.example", "403 forbidden"},
		{"PUT", closed + "/rooms/r/join", "evil.example", "403 forbidden"},
		{"GET", closed + "/", "evil.example", "403 forbidden"},
		{"GET", closed + "/healthz", "node1.example", "200"},
		{"GET", closed + "/readyz", "node1.example", "200"},
	} {
		for name, client := range clients {
			if got := called(t, client, call.method, call.url, call.host); got != call.want {
				t.Errorf("%s over %s for %q: %s, want %s", call.method+" "+call.url, name, call.host, got, call.want)
			}
		}
	}
	for _, call := range []struct{ base, host, want string }{
		{admin, "", "200"},
		{admin, "localhost:6060", "200"},
		{admin, "session-store:9090", "200"},
		{admin, "evil.example", "403 forbidden"},
		{admin, "evil.example:6060", "403 forbidden"},
		{admin, "session.example.com", "403 forbidden"},
		{otherAdmin, "session.example.com", "200"},
		{otherAdmin, "session-store:9090", "200"},
		{otherAdmin, "evil.example", "403 forbidden"},
	} {
		for _, path := range []string{"/metrics", "/rooms", "/debug/pprof/", "/debug/pprof/goroutine?debug=1"} {
			if got := called(t, clients["HTTP/1.1"], "GET", call.base+path, call.host); got != call.want {
				t.Errorf("%s for %q: %s, want %s", call.base+path, call.host, got, call.want)
			}
		}
	}
	// Who says no name is no browser; of two the one in the address counts (RFC 9112, 3.2.2).
	for text, want := range map[string]string{
		"GET /metrics HTTP/1.0\r\n\r\n": "200",
		"GET http://evil.example/metrics HTTP/1.1\r\nHost: session.example.com\r\nConnection: close\r\n\r\n":               "403",
		"GET http://session.example.com:1/metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n":             "200",
		"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\nConnection: close\r\n\r\n":          "403",
		"GET /metrics HTTP/1.1\r\nHost: evil.example:127.0.0.1\r\nConnection: close\r\n\r\n":                               "403",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n":                      "400",
		"GET http://localhost@evil.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n":               "403",
		"GET http://evil.example@localhost/metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n":            "200",
		"GET /metrics HTTP/1.1\r\nHost: session.example.com\r\nHost : evil.example\r\nConnection: close\r\n\r\n":           "400",
		"GET //evil.example/metrics HTTP/1.1\r\nHost: session.example.com\r\nConnection: close\r\n\r\n":                    "404",
		"OPTIONS /rooms/r/join HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nOrigin: http://evil.example\r\n\r\n": "403",
	} {
		if got := statuses(say(t, closed, text)); len(got) != 1 || got[0] != want {
			t.Errorf("%q is answered with %v, want %s", text, got, want)
		}
	}
}

// A wrong name stops the start with one line that says which.
func TestHostsAreNames(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"https://session.example.com", "session.example.com:443", "*", "a,,b", "10.0.0.0/8"} {
		wantRefused(t, `error: --allowed-hosts: "`, nil, []string{"--allowed-hosts", flag})
	}
}

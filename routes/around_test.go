package routes_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
)

func serveAround(t *testing.T, config routes.Config) *httptest.Server {
	t.Helper()
	config.Rooms = room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	server := httptest.NewServer(routes.New(config))
	t.Cleanup(func() {
		server.Close()
		config.Rooms.Close()
	})
	return server
}

// RFC 9110, 9.3.2: no body goes with the answer to a HEAD. What did would be taken for
// the answer to the next request of the connection.
func TestHeadHasNoBody(t *testing.T) {
	server := serveAround(t, routes.Config{})
	for _, path := range []string{
		"/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/swagger", "/swagger/index.html", "/swagger/doc.json", "/nothing",
	} {
		connection, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(connection, "HEAD "+path+" HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		answers := bufio.NewReader(connection)
		if _, err := http.ReadResponse(answers, &http.Request{Method: http.MethodHead}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		next, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Errorf("%s: the answer after it: %v", path, err)
		} else if body, _ := io.ReadAll(next.Body); strings.TrimSpace(string(body)) != `{"status":"ok"}` {
			t.Errorf("%s: the answer after it is %q", path, body)
		}
		_ = connection.Close()
	}
}

// What may be kept by somebody between says that it depends on the origin, whether it
// was asked by one or not (RFC 9110, 12.5.5).
func TestAnswersVaryByOrigin(t *testing.T) {
	server := serveAround(t, routes.Config{CORSOrigins: []string{"https://a.example"}})
	for _, path := range []string{"/", "/openapi.json", "/swagger/swagger-ui.css"} {
		for _, origin := range []string{"", "https://a.example", "https://b.example"} {
			request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if origin != "" {
				request.Header.Set("Origin", origin)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if vary := response.Header.Values("Vary"); !slices.Contains(strings.Split(strings.Join(vary, ", "), ", "), "Origin") {
				t.Errorf("%s for %q: Vary is %q", path, origin, vary)
			}
		}
	}
}

// Who has forgotten to escape a slash is told so, and shown what was asked for.
func TestNothingThere(t *testing.T) {
	server := serveAround(t, routes.Config{})
	for path, want := range map[string]string{
		"/rooms/a/store/b/c": "there is nothing at /rooms/a/store/b/c: a slash in a key is written as %2F",
		"/rooms/a/%73tore":   "there is nothing at /rooms/a/%73tore: see / for what there is",
	} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		var problem struct{ Detail string }
		if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || problem.Detail != want {
			t.Errorf("%s: %q, %v", path, problem.Detail, err)
		}
		_ = response.Body.Close()
	}
}

package routes_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
)

// null is an answer that nobody reads.
type null struct {
	header http.Header
	status int
}

func (n *null) Header() http.Header         { return n.header }
func (n *null) Write(p []byte) (int, error) { return len(p), nil }
func (n *null) WriteHeader(status int)      { n.status = status }

// put is a handler and a request for it that can be sent again and again. The hosts are
// those that requests may be for; this one is for example.com.
func put(tb testing.TB, hosts ...string) func() int {
	tb.Helper()
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	tb.Cleanup(rooms.Close)
	handler := routes.New(routes.Config{Rooms: rooms, AllowedHosts: hosts})
	joined := httptest.NewRecorder()
	handler.ServeHTTP(joined, httptest.NewRequest("POST", "/rooms/a/join", nil))
	_, rest, _ := strings.Cut(joined.Body.String(), `"token":"`)
	token, _, _ := strings.Cut(rest, `"`)

	body := strings.NewReader("")
	text := `{"value":"` + strings.Repeat("x", 98) + `"}`
	request := httptest.NewRequest("PUT", "/rooms/a/store/spotlight", body)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.ContentLength = int64(len(text))
	answer := &null{header: http.Header{}}
	return func() int {
		body.Reset(text)
		clear(answer.header)
		handler.ServeHTTP(answer, request)
		return answer.status
	}
}

// BenchmarkPut is a write from the request to the answer, without net/http.
func BenchmarkPut(b *testing.B) {
	write := put(b)
	b.ReportAllocs()
	for b.Loop() {
		if status := write(); status != 200 && status != 201 {
			b.Fatal(status)
		}
	}
}

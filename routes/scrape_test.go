package routes

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
)

// ask is a scrape of a handler, by whoever may ask there.
func ask(handler http.Handler) *httptest.ResponseRecorder {
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Host = "127.0.0.1"
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

// stuck is an answer that nobody reads.
type stuck struct {
	http.ResponseWriter
	begun, release chan bool
}

func (s stuck) Write(p []byte) (int, error) {
	s.begun <- true
	<-s.release
	return len(p), nil
}

// Strangers who do not read what they have asked for do not keep others from asking.
func TestScrapesThatNobodyReads(t *testing.T) {
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	defer rooms.Close()
	handler := New(Config{Rooms: rooms})
	begun, release := make(chan bool), make(chan bool)
	var sending sync.WaitGroup
	for range 2 * maxScrapes {
		sending.Go(func() {
			handler.ServeHTTP(stuck{httptest.NewRecorder(), begun, release}, httptest.NewRequest("GET", "/metrics", nil))
		})
		<-begun
	}
	if got := ask(handler); got.Code != 200 {
		t.Errorf("the next one is answered with %d %s", got.Code, got.Body)
	}
	close(release)
	sending.Wait()
}

// Strangers who ask for the metrics at once are answered a few at a time, and do not hide
// them from an operator.
func TestScrapesAreBounded(t *testing.T) {
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	defer rooms.Close()
	handler := New(Config{Rooms: rooms})
	admin := handler.Admin(http.NotFoundHandler())
	var slow atomic.Bool
	slow.Store(true)
	begun, release := make(chan bool), make(chan bool)
	handler.api.metrics.gauge("slow", "Takes as long as the test says.", func() float64 {
		if slow.Load() {
			begun <- true
			<-release
		}
		return 1
	}, nil)
	var asking sync.WaitGroup
	for range maxScrapes {
		asking.Go(func() {
			if got := ask(handler); got.Code != 200 {
				t.Errorf("one of the first is answered with %d %s", got.Code, got.Body)
			}
		})
		<-begun
	}
	slow.Store(false)
	refused := ask(handler)
	var problem Problem
	if err := json.Unmarshal(refused.Body.Bytes(), &problem); err != nil {
		t.Error(err)
	}
	if refused.Code != 503 || problem.Code != "unavailable" || refused.Header().Get("Retry-After") != "1" {
		t.Errorf("one too many is answered with %d, %v\n%s", refused.Code, refused.Header(), refused.Body)
	}
	if got := ask(admin); got.Code != 200 {
		t.Errorf("the operator is answered with %d %s", got.Code, got.Body)
	}
	close(release)
	asking.Wait()
	for name, handler := range map[string]http.Handler{"public": handler, "admin": admin} {
		got := ask(handler)
		if got.Code != 200 || !strings.Contains(got.Body.String(), "\nsession_store_slow 1\n") {
			t.Errorf("%s, afterwards: %d", name, got.Code)
		}
		for field, want := range map[string]string{
			"Content-Type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", "Content-Length": strconv.Itoa(got.Body.Len()),
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if got := got.Header().Get(field); got != want {
				t.Errorf("%s: %s is %q, want %q", name, field, got, want)
			}
		}
	}
}

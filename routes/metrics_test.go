package routes_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
)

// scraped is what /metrics says: of each series, as name{label="value"}, its number.
type scraped struct {
	*testing.T
	text   string
	series map[string]float64
}

var sampleLine = regexp.MustCompile(`(?m)^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$`)

func (w *watched) scrape() *scraped {
	w.Helper()
	status, body := w.do("GET", "/metrics", "", "")
	if status != 200 {
		w.Fatalf("%d %s", status, body)
	}
	s := &scraped{T: w.T, text: string(body), series: make(map[string]float64)}
	for _, line := range sampleLine.FindAllStringSubmatch(s.text, -1) {
		value, err := strconv.ParseFloat(line[2], 64)
		if err != nil {
			w.Errorf("%q: %v", line[0], err)
		}
		s.series[line[1]] = value
	}
	return s
}

// want holds series to numbers.
func (s *scraped) want(want map[string]float64) {
	s.Helper()
	for series, value := range want {
		if got, there := s.series["session_store_"+series]; !there || got != value {
			s.Errorf("%s is %v (there: %v), want %v", series, got, there, value)
		}
	}
}

func TestMetricsCountWhatWasDone(t *testing.T) {
	w := watch(t, nil, nil)
	peer := w.driveAll("standup", "")
	w.driveFaults("standup", peer)
	stream := `http_requests_total{method="GET",route="/rooms/:room/observe",status="200"}`
	w.until("the streams are open", func() bool { return w.rooms.Stats().SSE.Streams.Load() == 0 })
	w.scrape().want(map[string]float64{
		"sessions": 1, "peers": 1, "entries": 1, "streams": 0, "rooms": 1, "nodes": 1, "ready": 1, "cut_off": 0,
		"streams_limit": 1000, "rooms_limit": 0, "pump_jobs": 0, "streams_waiting": 0, "streams_unread_bytes": 0,
		"sessions_begun_total": 1, "sessions_ended_total": 0,
		"joins_total": 2, `leaves_total{reason="left"}`: 1, `leaves_total{reason="kicked"}`: 0,
		`writes_total{outcome="changed"}`: 5, `writes_total{outcome="refused"}`: 2,
		`writes_total{outcome="failed"}`: 1, `entries_removed_total{reason="owner_left"}`: 1,
		`errors_total{code="precondition_failed"}`: 1, `errors_total{code="value_too_large"}`: 1,
		`errors_total{code="invalid_json"}`: 1, `errors_total{code="unavailable"}`: 1, `errors_total{code="internal"}`: 1,
		`errors_total{code="rate_limited"}`: 0, `errors_total{code="not_found"}`: 1, `errors_total{code="method_not_allowed"}`: 1,
		`streams_opened_total`: 2, `streams_ended_total{reason="duration"}`: 2, stream: 2,
		`stream_resumes_total{kind="snapshot"}`: 1, `stream_resumes_total{kind="update"}`: 0,
		`journal_append_errors_total{kind="unavailable"}`: 1, `journal_append_errors_total{kind="behind"}`: 0,
		`journal_record_changes_count`: 8, `journal_record_changes_sum`: 8, `journal_record_changes_bucket{le="1"}`: 8,
		`http_requests_total{method="any",route="none",status="404"}`: 1,
	})
}

func TestMetricsOfRateLimits(t *testing.T) {
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID, WriteRate: 0.001})
	defer rooms.Close()
	now := time.Now()
	server := httptest.NewServer(routes.New(routes.Config{Rooms: rooms, JoinRate: 0.1, Now: func() time.Time { return now }}))
	defer server.Close()
	w := &watched{T: t, url: server.URL}
	peer := w.join("standup", "")
	if status, _ := w.do("POST", "/rooms/standup/join", "", ""); status != 429 {
		t.Errorf("a join that is one too many: %d", status)
	}
	for range 2 {
		w.do("PUT", "/rooms/standup/store/k", peer.token, `{"value":1}`)
	}
	w.scrape().want(map[string]float64{
		"joins_rate_limited_total": 1, "writes_rate_limited_total": 1, `errors_total{code="rate_limited"}`: 2,
		`writes_total{outcome="refused"}`: 1, `writes_total{outcome="changed"}`: 1,
	})
}

// However many rooms, peers and keys there are, there are as many series.
func TestMetricsAreBounded(t *testing.T) {
	w := watch(t, nil, nil)
	w.scrape()
	peer := w.driveAll("one", "")
	w.driveFaults("one", peer)
	before := slices.Sorted(maps.Keys(w.scrape().series))
	for i := range 5 {
		peer := w.driveAll(fmt.Sprint("another-", i), "")
		for j := range 20 {
			w.do("PUT", fmt.Sprintf("/rooms/another-%d/store/key-%d", i, j), peer.token, `{"value":1}`)
			w.do("GET", fmt.Sprintf("/nothing-%d-%d", i, j), "", "")
			w.do(fmt.Sprintf("METHOD%d-%d", i, j), "/rooms/one", "", "")
		}
	}
	after := slices.Sorted(maps.Keys(w.scrape().series))
	for _, series := range after {
		if !slices.Contains(before, series) && !strings.HasPrefix(series, "go_") {
			t.Errorf("%s is new", series)
		}
	}
	if len(before) > 1000 {
		t.Errorf("%d series are more than a few", len(before))
	}
}

// Prometheus' conventions: a unit at the end, _total behind a counter and nothing else,
// a help text for each; and a label is a word out of a list.
func TestMetricsAreNamedAsUsual(t *testing.T) {
	w := watch(t, nil, nil)
	w.driveAll("standup", "")
	s := w.scrape()
	types := regexp.MustCompile(`(?m)^# TYPE (session_store_\w+) (\w+)$`).FindAllStringSubmatch(s.text, -1)
	if len(types) < 35 {
		t.Errorf("there are only %d metrics", len(types))
	}
	for _, match := range types {
		name, kind := match[1], match[2]
		if !regexp.MustCompile(`(?m)^# HELP ` + name + ` [A-Z0-9].{10,}\.$`).MatchString(s.text) {
			t.Errorf("%s has no sentence to explain it", name)
		}
		if (kind == "counter") != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s", name, kind)
		}
		if kind == "histogram" && !strings.HasSuffix(name, "_seconds") && !strings.HasSuffix(name, "_changes") {
			t.Errorf("%s does not say in what", name)
		}
	}
	labels := []string{"route", "method", "status", "code", "reason", "outcome", "kind", "step", "le", "version", "revision", "goversion"}
	for series := range s.series {
		for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(series, -1) {
			if strings.HasPrefix(series, "session_store_") && !slices.Contains(labels, label[1]) {
				t.Errorf("%s has the label %s", series, label[1])
			}
		}
	}
}

package routes

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

// metrics are what Prometheus scrapes.
//
//	a request ──▶ count ──▶ counters that are found without hashing labels
//	/metrics ──▶ rooms, streams and journal count for themselves, in atomics: read now
//
// No label is a room, a peer or a key: a stranger could make as many as there is
// memory.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	errors   map[model.Code]prometheus.Counter // one for each code
	limited  atomic.Int64                      // joins, by their rate

	// mu guards found: what the two vectors would look up by hashing strings, for
	// each request.
	mu    sync.RWMutex
	found map[series]observers
}

// series is what requests are counted by.
type series struct {
	route, method string
	status        int
}

type observers struct {
	requests prometheus.Counter
	seconds  prometheus.Observer // nil for streams, which take as long as they like
}

const namespace = "session_store"

// newMetrics may be given no pump.
func newMetrics(rooms *room.Registry, pump *sse.Pump) *metrics {
	m := &metrics{
		found:    make(map[series]observers),
		errors:   make(map[model.Code]prometheus.Counter, len(statuses)),
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_requests_total", Help: "Answered requests.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds",
			Help: "Time from the header of a request to the end of its answer, streams left out.",
			// From a write in memory to one that waits for a cluster in trouble.
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route"}),
	}
	errors := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "errors_total", Help: "Calls that were answered with an error, by its code.",
	}, []string{"code"})
	for code := range statuses {
		m.errors[code] = errors.WithLabelValues(string(code))
	}
	m.registry.MustRegister(m.requests, m.seconds, errors,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.counter("joins_rate_limited_total", "Joins that were refused because their address has done too many.", &m.limited)
	m.readNode(rooms, pump)
	m.readRooms(rooms.Stats())
	m.readStreams(&rooms.Stats().SSE)
	m.readJournal(&rooms.Stats().Journal)
	return m
}

// count is told of each answer. The route is the pattern, never the path: a
// stranger could make as many paths as there is memory.
func (m *metrics) count(route, method string, status int, elapsed time.Duration) {
	if route == "" {
		route, method = "none", "any"
	}
	of := m.observersOf(series{route, method, status})
	of.requests.Inc()
	if of.seconds != nil {
		of.seconds.Observe(elapsed.Seconds())
	}
}

// countError is told of each error that is answered, one code each.
func (m *metrics) countError(code model.Code) {
	if counter := m.errors[code]; counter != nil {
		counter.Inc()
	}
}

func (m *metrics) observersOf(s series) observers {
	m.mu.RLock()
	of, ok := m.found[s]
	m.mu.RUnlock()
	if ok {
		return of
	}
	of.requests = m.requests.WithLabelValues(s.route, s.method, strconv.Itoa(s.status))
	if s.route != observeRoute {
		of.seconds = m.seconds.WithLabelValues(s.route)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.found[s] = of
	return of
}

const observeRoute = "/rooms/:room/observe"

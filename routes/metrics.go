package routes

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"session-store/room"
)

// metrics are what Prometheus scrapes. Rooms count for themselves, in atomics;
// they are read when somebody asks.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

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

func newMetrics(stats *room.Stats) *metrics {
	m := &metrics{
		found:    make(map[series]observers),
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
	m.registry.MustRegister(m.requests, m.seconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("sessions", "Sessions that live.", &stats.Sessions)
	m.gauge("peers", "Peers in all sessions.", &stats.Peers)
	m.gauge("entries", "Entries in all sessions.", &stats.Entries)
	m.gauge("streams", "Open streams.", &stats.SSE.Streams)
	m.counter("stream_events_total", "Events given to streams.", &stats.SSE.Events)
	m.counter("stream_bytes_total", "Bytes written to streams.", &stats.SSE.Bytes)
	return m
}

func (m *metrics) gauge(name, help string, value *atomic.Int64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(value.Load()) }))
}

func (m *metrics) counter(name, help string, value *atomic.Int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help},
		func() float64 { return float64(value.Load()) }))
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

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

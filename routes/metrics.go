package routes

import (
	"net/http"
	"strconv"
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
}

const namespace = "session_store"

func newMetrics(stats *room.Stats) *metrics {
	m := &metrics{
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
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	if route != observeRoute {
		m.seconds.WithLabelValues(route).Observe(elapsed.Seconds())
	}
}

const observeRoute = "/rooms/:room/observe"

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

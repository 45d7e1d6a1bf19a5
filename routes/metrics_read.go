package routes

import (
	"runtime"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"session-store/room"
	"session-store/sse"
	"session-store/version"
)

// counted is one value of a label, and its counter.
type counted struct {
	value string
	count *atomic.Int64
}

// readNode shows what this node is, and how it is.
func (m *metrics) readNode(rooms *room.Registry, pump *sse.Pump) {
	m.gauge("build_info", "Always 1: which program this is.", func() float64 { return 1 }, buildLabels())
	m.gauge("ready", "1 if requests should be sent here, as readyz says; else 0.", func() float64 { return truth(rooms.Ready() == nil) }, nil)
	m.gauge("cut_off", "1 if streams are sent elsewhere because the journal is not reached; else 0.", func() float64 { return truth(rooms.CutOff()) }, nil)
	m.gauge("nodes", "Nodes that are known here to be alive, this one included.", number(rooms.Nodes), nil)
	m.gauge("rooms", "Rooms that are open on this node.", number(rooms.Open), nil)
	m.gauge("rooms_limit", "Most rooms with a session on this node; 0 is no bound.", number(rooms.MaxRooms), nil)
	m.gauge("streams_limit", "Most open streams on this node; 0 is no bound.", number(rooms.MaxStreams), nil)
	if pump != nil {
		m.gauge("pump_jobs", "Rooms that wait for a worker to write to their streams.", number(pump.Queued), nil)
	}
}

// readRooms shows what the rooms have come to.
func (m *metrics) readRooms(stats *room.Stats) {
	m.gauge("sessions", "Sessions that live.", level(&stats.Sessions), nil)
	m.gauge("peers", "Peers in all sessions.", level(&stats.Peers), nil)
	m.gauge("entries", "Entries in all sessions.", level(&stats.Entries), nil)
	m.counter("sessions_begun_total", "Sessions that have begun.", &stats.SessionsBegun)
	m.counter("sessions_ended_total", "Sessions that are over.", &stats.SessionsEnded)
	m.counter("joins_total", "Peers that have joined.", &stats.Joins)
	m.counters("leaves_total", "Peers that have gone, by the reason.", "reason",
		counted{"left", &stats.Leaves.Left}, counted{"kicked", &stats.Leaves.Kicked},
		counted{"timeout", &stats.Leaves.Timeout}, counted{"expired", &stats.Leaves.Expired})
	m.counters("entries_removed_total", "Entries that have gone, by the reason.", "reason",
		counted{"deleted", &stats.Removed.Deleted}, counted{"expired", &stats.Removed.Expired},
		counted{"owner_left", &stats.Removed.OwnerLeft}, counted{"session_over", &stats.Removed.SessionOver})
	m.counters("writes_total", "Writes, by what became of them: failed are the fault of the journal.", "outcome",
		counted{"changed", &stats.Writes.Changed}, counted{"unchanged", &stats.Writes.Unchanged},
		counted{"refused", &stats.Writes.Refused}, counted{"failed", &stats.Writes.Failed})
	m.counter("writes_rate_limited_total", "Writes that were refused because their peer has done too many.", &stats.Writes.RateLimited)
	m.counters("takeovers_total", "Peers that go from node to node: doubted are silent here, orphaned silent peers of a dead node, claimed another node's that are seen here.", "step",
		counted{"doubted", &stats.Takeovers.Doubted}, counted{"orphaned", &stats.Takeovers.Orphaned},
		counted{"claimed", &stats.Takeovers.Claimed})
}

// readStreams shows what was done for the readers.
func (m *metrics) readStreams(stats *sse.Stats) {
	m.gauge("streams", "Open streams.", level(&stats.Streams), nil)
	m.gauge("streams_waiting", "Open streams whose readers do not take what is written to them.", level(&stats.Waiting), nil)
	m.gauge("streams_unread_bytes", "Bytes that wait in memory because readers do not take them; what several wait for counts once.", number(stats.Backlog.Bytes), nil)
	m.counter("streams_opened_total", "Streams that were opened.", &stats.Opened)
	ended := &stats.Ended
	m.counters("streams_ended_total", "Streams that have ended, by the reason.", "reason",
		counted{"left", &ended.Left}, counted{"kicked", &ended.Kicked}, counted{"timeout", &ended.Timeout},
		counted{"session_over", &ended.SessionOver}, counted{"expired", &ended.Expired},
		counted{"reader", &ended.Reader}, counted{"duration", &ended.Duration}, counted{"sent_away", &ended.SentAway},
		counted{"stalled", &ended.Stalled}, counted{"silent", &ended.Silent})
	m.starts("stream_resumes_total", "Streams that went on from a position, by what they had to be sent.", &stats.Resumed)
	m.starts("stream_catchups_total", "Times that a slow reader was told from the session, by what it had to be sent.", &stats.CaughtUp)
	m.counter("stream_events_total", "Events given to streams.", &stats.Events)
	m.counter("stream_bytes_total", "Bytes written to streams.", &stats.Bytes)
}

func (m *metrics) starts(name, help string, starts *sse.Starts) {
	m.counters(name, help, "kind",
		counted{"nothing", &starts.Nothing}, counted{"update", &starts.Update}, counted{"snapshot", &starts.Snapshot})
}

// readJournal shows how it goes with the journal.
func (m *metrics) readJournal(stats *room.JournalStats) {
	m.histogram("journal_append_duration_seconds", "Time that the journal took to store a record, or to refuse it.", &stats.Append)
	m.histogram("journal_record_changes", "Changes that were stored together in one record.", &stats.Together)
	m.counters("journal_append_errors_total", "Records that were not stored: behind is another node's write and no fault.", "kind",
		counted{"behind", &stats.Behind}, counted{"too_large", &stats.TooLarge}, counted{"unavailable", &stats.Failed})
	m.histogram("journal_read_duration_seconds", "Time that the journal took to give records.", &stats.Read)
	m.counter("journal_read_errors_total", "Reads that the journal has not answered.", &stats.ReadFailed)
	m.counters("journal_snapshots_total", "Snapshots of sessions, to take the place of their records.", "outcome",
		counted{"stored", &stats.Snapshots}, counted{"failed", &stats.SnapshotsFailed})
}

func (m *metrics) gauge(name, help string, read func() float64, labels prometheus.Labels) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, read))
}

func (m *metrics) counter(name, help string, count *atomic.Int64) {
	m.counters(name, help, "", counted{count: count})
}

func (m *metrics) counters(name, help, label string, all ...counted) {
	for _, one := range all {
		var labels prometheus.Labels
		if label != "" {
			labels = prometheus.Labels{label: one.value}
		}
		m.registry.MustRegister(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, level(one.count)))
	}
}

func (m *metrics) histogram(name, help string, values *room.Histogram) {
	description := prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, nil, nil)
	m.registry.MustRegister(histogram{description, values})
}

// histogram shows one that a room has counted.
type histogram struct {
	description *prometheus.Desc
	values      *room.Histogram
}

// Describe and Collect are for the registry.
func (h histogram) Describe(to chan<- *prometheus.Desc) { to <- h.description }

func (h histogram) Collect(to chan<- prometheus.Metric) {
	count, sum, atMost := h.values.Read()
	to <- prometheus.MustNewConstHistogram(h.description, count, sum, atMost)
}

func level(value *atomic.Int64) func() float64 {
	return func() float64 { return float64(value.Load()) }
}

func number(count func() int) func() float64 { return func() float64 { return float64(count()) } }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// buildLabels say which program this is, as far as the one who has built it has said.
func buildLabels() prometheus.Labels {
	version, revision := version.Of()
	return prometheus.Labels{"goversion": runtime.Version(), "version": version, "revision": revision}
}

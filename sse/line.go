package sse

import "time"

// A turn is what a worker does for one hub before it looks for other work. A room of
// thousands must not hold up a room of ten, and its next turn may be another core's; so
// it goes on for about so long, and has at most so many streams. More of them make
// requests wait, fewer pay for the change of turns.
const (
	turnTime    = 60 * time.Microsecond
	turnStreams = 16
)

// line is what waits for a worker in one hub. Hubs take turns, whatever each of them
// has to do: of a large room whose readers are slow, hundreds of connections take bytes
// again at once. The lock of the pump guards it.
type line struct {
	queued bool
	// pass says that the hub is to be gone through, conns are those that were woken one
	// by one. They take turns as well: hasPassed says whose was the last.
	pass      bool
	hasPassed bool
	conns     []job
	// fewer is by how many halvings its turns are smaller than turnStreams: there is more
	// to be written to each stream if many changes wait for it.
	fewer int
}

// job is a connection that has something to write, if it was woken alone.
type job interface {
	work(*scratch)
}

// turn is what a worker has taken out of a line: some connections, or so many streams
// of the pass if there are none.
type turn struct {
	hub     *Hub
	streams int
	conns   []job
}

// take takes the next turn out of the line, its connections into conns, and reports
// whether there is more.
func (l *line) take(hub *Hub, conns []job) (next turn, more bool) {
	next = turn{hub: hub, streams: turnStreams >> l.fewer, conns: conns[:0]}
	if l.pass && (!l.hasPassed || len(l.conns) == 0) {
		l.pass, l.hasPassed = false, true
		return next, len(l.conns) > 0
	}
	n := min(next.streams, len(l.conns))
	next.conns = append(next.conns, l.conns[:n]...)
	clear(l.conns[:n])
	l.hasPassed, l.conns = false, l.conns[n:]
	if len(l.conns) == 0 {
		l.conns = nil
	}
	return next, l.pass || len(l.conns) > 0
}

// learn makes the next turns take about turnTime; the last has served so many streams.
// One that was short because there was no more to do says nothing.
func (l *line) learn(served int, took time.Duration) {
	switch full := turnStreams >> l.fewer; {
	case took > 2*turnTime && full > 1:
		l.fewer++
	case took < turnTime/2 && served >= full && l.fewer > 0:
		l.fewer--
	}
}

package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"

	"session-store/journal"
	"session-store/model"
)

// Headers of a record. JetStream keeps all of them with it, so that the condition
// on which a record was stored says which record stood before it.
const (
	headerAfter  = "Nats-Expected-Last-Subject-Sequence"
	headerRollup = "Nats-Rollup"
	headerTTL    = "Nats-TTL"
)

// endTTL is how long the end of a session stays, so that whoever was cut off
// meanwhile learns of it. Without it a room that is over would stay for ever.
const endTTL = "1h"

// headerRoom is how many bytes of a message are kept for its headers.
const headerRoom = 512

// buffers are what records are made in. NATS has copied a record before it is sent.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func putBuffer(buffer *[]byte) {
	if cap(*buffer) <= 64<<10 { // a snapshot is rare, and would stay
		buffers.Put(buffer)
	}
}

func (l *log) Append(ctx context.Context, after uint64, changes []*model.Change) (uint64, error) {
	ends := changes[len(changes)-1].Ends
	header := nats.Header{}
	if ends {
		header[headerRollup] = []string{"sub"}
		header[headerTTL] = []string{endTTL}
	}
	return l.store(ctx, after, changes, header)
}

func (l *log) Compact(ctx context.Context, after uint64, snapshot *model.Change) (uint64, error) {
	return l.store(ctx, after, []*model.Change{snapshot}, nats.Header{headerRollup: []string{"sub"}})
}

func (l *log) store(ctx context.Context, after uint64, changes []*model.Change, header nats.Header) (uint64, error) {
	buffer := buffers.Get().(*[]byte)
	defer putBuffer(buffer)
	id := l.stream.newID()
	*buffer = appendRecord((*buffer)[:0], id, changes)
	if len(*buffer)+headerRoom > l.stream.maxRecord {
		return 0, fmt.Errorf("%w: %d bytes, of %d", journal.ErrTooLarge, len(*buffer), l.stream.maxRecord-headerRoom)
	}
	if err := load(&l.stream.health.disk); err != nil {
		return 0, err
	}
	header[headerAfter] = []string{strconv.FormatUint(after, 10)}
	suspicions := l.begin(id)
	seq, err := l.publish(ctx, &nats.Msg{Subject: l.subject, Header: header, Data: *buffer}, after, id)
	l.end(seq, suspicions, err)
	switch {
	case errors.Is(err, errUnknown):
		l.suspect()
		if l.stream.alone {
			l.others((*log).suspect)
		}
	case err == nil && l.stream.alone:
		l.others(func(other *log) { other.hear(stored{seq: seq, prev: after, changes: changes}) })
	}
	return seq, err
}

// begin notes that an append is under way.
func (l *log) begin(id string) (suspicions uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying, l.held = id, false
	return l.heard.suspicions
}

// end notes what has become of it. The condition has held: so all up to the
// record is known.
func (l *log) end(seq, suspicions uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying = ""
	if err == nil {
		l.heard.settle(seq, suspicions)
	} else if l.held {
		l.wakeLocked()
	}
}

// others calls tell for the other logs of the room. Where nobody else has the
// stream, they are all in this process.
func (l *log) others(tell func(*log)) {
	for _, other := range l.stream.rooms.of(l.room) {
		if other != l {
			tell(other)
		}
	}
}

//go:build linux

package load

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

const (
	// A server under pressure opens a stream within milliseconds.
	openTimeout = 20 * time.Second
	// An event that has no end by then is none.
	maxEventBytes = 1 << 20
)

// Crowd is readers that are counted together.
type Crowd struct {
	// Updates counts the update events that have come. Covered counts the
	// revisions that they stand for: more than Updates if a server has put
	// several into one event. Without ids both are the same.
	Updates, Covered int64
	// Seen is given each update event, its empty line left out; nil for nobody.
	// The bytes change after the call.
	Seen func(event []byte)

	loop    *Loop
	urgent  bool
	readers []*reader
}

// reader is one stream.
type reader struct {
	crowd    *Crowd
	rest     []byte // the beginning of an event whose end is still to come
	opened   bool
	revision int64 // of the last event with an id
}

// NewCrowd gives a crowd without readers. One that a latency is measured on is
// urgent.
func NewCrowd(loop *Loop, urgent bool) *Crowd { return &Crowd{loop: loop, urgent: urgent} }

// Open sends the request on a new connection, and waits until the stream's first
// event has come.
func (c *Crowd) Open(ctx context.Context, addr string, request []byte) error {
	socket, err := dial(addr)
	if err != nil {
		return err
	}
	r := &reader{crowd: c}
	if err := c.loop.watch(socket, r, c.urgent); err != nil {
		return err
	}
	c.readers = append(c.readers, r)
	if err := send(socket, request); err != nil {
		return err
	}
	if err := c.loop.Until(ctx, openTimeout, func() bool { return r.opened }); err != nil {
		return fmt.Errorf("open stream %d: %w (got %.300q)", len(c.readers), err, r.rest)
	}
	return nil
}

// Skipped is how many revisions came as a part of a later one's event.
func (c *Crowd) Skipped() int64 { return c.Covered - c.Updates }

// receive finds the events in what a stream has read. Between events of servers
// that send chunks there are lines of HTTP (RFC 9112, 7.1); they are never empty,
// and never look like a field of an event.
func (r *reader) receive(chunk []byte) error {
	if len(r.rest) > 0 {
		r.rest = append(r.rest, chunk...)
		chunk = r.rest
	}
	for {
		event, after, whole := bytes.Cut(chunk, []byte("\n\n"))
		if !whole {
			break
		}
		if err := r.event(event); err != nil {
			return err
		}
		chunk = after
	}
	if len(chunk) > maxEventBytes {
		return fmt.Errorf("an event of more than %d bytes", maxEventBytes)
	}
	if string(chunk) == "\r\n" { // the end of a chunk, after an event
		chunk = nil
	}
	r.rest = append(r.rest[:0], chunk...)
	if !r.opened && len(chunk) > 12 && bytes.HasPrefix(chunk, []byte("HTTP/1.1 ")) && string(chunk[9:12]) != "200" {
		return fmt.Errorf("the server refuses a stream: %.300q", chunk)
	}
	return nil
}

// event looks at the fields before the data.
func (r *reader) event(event []byte) error {
	var name, id []byte
	for line := range bytes.Lines(event) {
		field, value, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
		switch string(field) {
		case "event":
			name = bytes.TrimPrefix(value, []byte(" "))
			continue
		case "id":
			id = value
			continue
		case "data":
		default:
			continue
		}
		break
	}
	switch string(name) {
	case "":
		return nil // a comment, or a retry
	case "end":
		return fmt.Errorf("the server ends a stream: %.300q", event)
	case "update":
		r.crowd.Updates++
		if r.crowd.Seen != nil {
			r.crowd.Seen(event)
		}
	}
	r.opened = true
	return r.advance(string(name) == "update", id)
}

// advance takes note of how far the reader has been told. Ids only rise.
func (r *reader) advance(update bool, id []byte) error {
	if len(id) == 0 {
		if update {
			r.crowd.Covered++
		}
		return nil
	}
	revision, err := strconv.ParseInt(string(id[bytes.LastIndexByte(id, '-')+1:]), 10, 64)
	if err != nil {
		return fmt.Errorf("the id of an event: %q", id)
	}
	if update {
		if revision <= r.revision {
			return fmt.Errorf("an update to %d after one to %d", revision, r.revision)
		}
		r.crowd.Covered += revision - r.revision
	}
	r.revision = revision
	return nil
}

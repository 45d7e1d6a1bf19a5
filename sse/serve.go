package sse

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"
)

// Times of a stream. They are of the kind that a user never has to set.
const (
	// The contract promises a comment at least every 15 s; proxies cut idle
	// connections after 30 s at the earliest.
	commentEvery = 14 * time.Second
	// The longest that one write may wait for its reader: at most maxBatch bytes,
	// so that a reader is cut off that takes less than 220 bytes a second. A slow
	// one is not, and one whose page was in the background comes back sooner.
	stallAfter = 5 * time.Minute
	// What the writes that wait for their reader still have when the stream is over.
	lastMoment = time.Second
)

// Serve writes the events of the stream to w until the stream ends, the reader
// goes, or the duration has passed; 0 is no duration. It closes the stream.
//
// This is the portable writing end: it works over TLS, HTTP/2 and on every
// system, and costs a goroutine. w must not be wrapped by anything that buffers
// or that hides an error of Flush. Where the server has WithConn as its ConnContext, a
// machine that has gone is noticed as soon as over the pump.
func Serve(w http.ResponseWriter, r *http.Request, stream *Stream, duration time.Duration) {
	defer stream.Close()
	ctx := r.Context()
	sink := &portable{
		w: w, control: http.NewResponseController(w), stream: stream,
		wake: make(chan struct{}, 1),
	}
	defer sink.done()
	stream.Attach(sink)
	if duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, duration)
		defer cancel()
		// A write that waits for its reader ends soon after it as well.
		defer context.AfterFunc(ctx, sink.Hurry)()
	}
	outlook := lookOut(r)
	sink.serve(ctx)
	wasSilent := outlook.end()
	// A write that fails cancels the request's own context too, so the reasons for it
	// come first.
	switch {
	case wasSilent:
		stream.close(silent)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		stream.close(outOfTime)
	case errors.Is(sink.failed, os.ErrDeadlineExceeded):
		stream.close(stalled)
	}
}

// portable is the Sink of Serve.
type portable struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stream  *Stream
	wake    chan struct{}
	failed  error // the write that was the last

	// mu guards what follows, and that no deadline of a finished stream is set on a
	// connection that already serves another request.
	mu         sync.Mutex
	hurryUntil time.Time // when all must be written of a stream that is over; else zero
	shed, over bool
}

func (p *portable) serve(ctx context.Context) {
	comments := time.NewTicker(commentEvery)
	defer comments.Stop()
	for first := true; ctx.Err() == nil; first = false {
		data, state := p.stream.Next()
		if first && data == nil {
			// A reader that resumes at the head is told nothing, but that it is
			// connected it should see at once.
			data = comment
		}
		if data != nil && !p.write(data) || state == Last {
			return
		}
		if state == More {
			continue
		}
		select {
		case <-p.wake:
		case <-comments.C:
			if !p.write(comment) {
				return
			}
		case <-ctx.Done():
		}
	}
}

func (p *portable) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (p *portable) Hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hurryUntil.IsZero() {
		p.hurryUntil = time.Now().Add(lastMoment)
	}
	p.extendLocked()
}

// sendAway gives the write in progress no more time.
func (p *portable) sendAway() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shed = true
	p.extendLocked()
}

// write writes in pieces, so that a large snapshot has as much time as its reader
// needs, and flushes: an event that lies in a buffer is not told.
func (p *portable) write(data []byte) bool {
	held := p.stream.backlog().hold(data, len(data), p.sendAway)
	defer p.stream.backlog().release(held)
	for len(data) > 0 {
		piece := data[:min(len(data), maxBatch)]
		data = data[len(piece):]
		p.mu.Lock()
		p.extendLocked()
		p.mu.Unlock()
		if p.failed = p.writePiece(piece); p.failed != nil {
			return false
		}
	}
	return true
}

// writePiece waits for the reader, and most of the time not for long.
func (p *portable) writePiece(piece []byte) error {
	p.stream.setWaiting(true)
	defer p.stream.setWaiting(false)
	n, err := p.w.Write(piece)
	p.stream.Wrote(n)
	if err != nil {
		return err
	}
	return p.control.Flush()
}

// extendLocked gives the write in progress, or the next one, its time. A writer
// that knows no deadlines is left to those of its server.
func (p *portable) extendLocked() {
	now := time.Now()
	switch {
	case p.over:
	case p.shed:
		_ = p.control.SetWriteDeadline(now)
	case !p.hurryUntil.IsZero():
		_ = p.control.SetWriteDeadline(p.hurryUntil)
	default:
		_ = p.control.SetWriteDeadline(now.Add(stallAfter))
	}
}

func (p *portable) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
}

package sse

import (
	"net/http"
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
	// What a write that waits for its reader still has when the stream is over.
	lastMoment = time.Second
)

// Serve writes the events of the stream to w until the stream ends, the reader
// goes, or the duration has passed; 0 is no duration. It closes the stream.
//
// This is the portable writing end: it works over TLS, HTTP/2 and on every
// system, and costs a goroutine. w must not be wrapped by anything that buffers
// or that hides an error of Flush.
func Serve(w http.ResponseWriter, r *http.Request, stream *Stream, duration time.Duration) {
	defer stream.Close()
	sink := &portable{control: http.NewResponseController(w), wake: make(chan struct{}, 1)}
	defer sink.done()
	stream.Attach(sink)

	var over <-chan time.Time
	if duration > 0 {
		timer := time.NewTimer(duration)
		defer timer.Stop()
		over = timer.C
	}
	comments := time.NewTicker(commentEvery)
	defer comments.Stop()

	write := func(data []byte) bool {
		n, err := sink.write(w, data)
		stream.Wrote(n)
		return err == nil
	}
	// A reader that resumes at the head is told nothing, but that it is
	// connected it should see at once.
	if data, state := stream.Next(); state != Idle {
		if !write(data) || state == Last {
			return
		}
	} else if !write(comment) {
		return
	}
	for {
		data, state := stream.Next()
		if state != Idle {
			if !write(data) || state == Last {
				return
			}
			continue
		}
		select {
		case <-sink.wake:
		case <-comments.C:
			if !write(comment) {
				return
			}
		case <-over:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// portable is the Sink of Serve.
type portable struct {
	control *http.ResponseController
	wake    chan struct{}

	// mu guards hurried and over, and that no deadline of a finished stream is
	// set on a connection that already serves another request.
	mu      sync.Mutex
	hurried bool
	over    bool
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
	p.hurried = true
	p.extendLocked()
}

// write writes and flushes: an event that lies in a buffer is not told.
func (p *portable) write(w http.ResponseWriter, data []byte) (int, error) {
	p.mu.Lock()
	p.extendLocked()
	p.mu.Unlock()
	n, err := w.Write(data)
	if err != nil {
		return n, err
	}
	return n, p.control.Flush()
}

// extendLocked gives the write in progress, or the next one, its time. A writer
// that knows no deadlines is left to those of its server.
func (p *portable) extendLocked() {
	if p.over {
		return
	}
	if p.hurried {
		_ = p.control.SetWriteDeadline(time.Now().Add(lastMoment))
		return
	}
	_ = p.control.SetWriteDeadline(time.Now().Add(stallAfter))
}

func (p *portable) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
}

//go:build linux

package load

import (
	"context"
	"fmt"
	"time"
)

// answerTimeout is for a server that has a fan-out to thousands before it.
const answerTimeout = 20 * time.Second

// Writer is a connection that writes, one request after the other.
type Writer struct {
	// Answered counts the writes that have been answered; Took is how long the
	// last one took.
	Answered int64
	Took     time.Duration
	// Next is called after each answer, to send the next write; nil for nobody.
	Next func() error

	loop    *Loop
	dialect Dialect
	socket  int
	rest    []byte
	sentAt  time.Time
	waiting bool
}

// NewWriter connects to a server.
func NewWriter(loop *Loop, dialect Dialect, addr string) (*Writer, error) {
	socket, err := dial(addr)
	if err != nil {
		return nil, err
	}
	w := &Writer{loop: loop, dialect: dialect, socket: socket}
	return w, loop.watch(socket, w, true)
}

// Send sends a write; the loop has to step until it is answered.
func (w *Writer) Send(request []byte) error {
	if w.waiting {
		return fmt.Errorf("a write before the last one is answered")
	}
	w.waiting, w.sentAt = true, time.Now()
	return send(w.socket, request)
}

// Write sends a write and waits for the answer.
func (w *Writer) Write(ctx context.Context, request []byte) error {
	if err := w.Send(request); err != nil {
		return err
	}
	if err := w.loop.Until(ctx, answerTimeout, w.Idle); err != nil {
		return fmt.Errorf("wait for the answer to a write: %w", err)
	}
	return nil
}

// Idle says whether nothing is on its way.
func (w *Writer) Idle() bool { return !w.waiting }

func (w *Writer) receive(chunk []byte) error {
	w.rest = append(w.rest, chunk...)
	length, err := w.dialect.Answer(w.rest)
	if err != nil || length == 0 {
		return err
	}
	if !w.waiting || length != len(w.rest) {
		return fmt.Errorf("an answer that nobody asked for: %.300q", w.rest)
	}
	w.rest, w.waiting = w.rest[:0], false
	w.Took = time.Since(w.sentAt)
	w.Answered++
	if w.Next != nil {
		return w.Next()
	}
	return nil
}

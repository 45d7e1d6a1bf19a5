package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"session-store/journal"
)

const (
	// patience is how long a call goes on trying while its outcome is unknown, or
	// nobody answers: a cluster that has lost a leader has another one after about
	// four seconds, and a browser waits no longer than that.
	patience = 5 * time.Second
	// reconnectWait is how long a call waits for a connection that is not there.
	// Whoever writes then learns soon that it did not work.
	reconnectWait = 2 * time.Second
)

// link is the way to NATS as it is at the moment. It changes when a connection
// comes or goes; calls take what there is, and wait for a change.
type link struct {
	now atomic.Pointer[state]
	mu  sync.Mutex // held to change it
}

type state struct {
	conn *nats.Conn
	// why is what stands in the way of calls, nil if nothing does, and since when.
	why     error
	since   time.Time
	changed chan struct{} // closed when this is the state no more
}

func newLink(conn *nats.Conn, why error) *link {
	l := &link{}
	l.now.Store(&state{conn: conn, why: why, since: time.Now(), changed: make(chan struct{})})
	return l
}

// set is what the link is from now on. Once it is closed it stays so.
func (l *link) set(conn *nats.Conn, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.now.Load()
	if errors.Is(old.why, journal.ErrClosed) {
		return
	}
	since := time.Now()
	if why != nil && old.why != nil {
		since = old.since
	}
	l.now.Store(&state{conn: conn, why: why, since: since, changed: make(chan struct{})})
	close(old.changed)
}

// err is why no calls can be made now, or nil.
func (l *link) err() error { return l.now.Load().why }

// noWay is the error of a link that there is not: nothing was sent.
type noWay struct{ error }

func (n noWay) Unwrap() error { return n.error }

// deadlineOf is until when a call may go on trying.
func deadlineOf(ctx context.Context) time.Time {
	deadline := time.Now().Add(patience)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(deadline) {
		return sooner
	}
	return deadline
}

// await gives the way to NATS, and waits for it until the deadline: but not where
// it has been gone for longer than it takes to come back by itself.
func (l *link) await(ctx context.Context, deadline time.Time) (*state, error) {
	s := l.now.Load()
	if s.why == nil {
		return s, nil
	}
	if soon := s.since.Add(reconnectWait); soon.Before(deadline) {
		deadline = soon
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for s.why != nil && !errors.Is(s.why, journal.ErrClosed) {
		select {
		case <-s.changed:
			s = l.now.Load()
		case <-timer.C:
			return nil, noWay{s.why}
		case <-ctx.Done():
			return nil, noWay{ctx.Err()}
		}
	}
	if s.why != nil {
		return nil, noWay{s.why}
	}
	return s, nil
}

// is reports whether the link is still the same. What a server in this process has
// answered counts only then: it may have been about a record that it could not
// write.
func (l *link) is(s *state) bool { return l.now.Load() == s }

// pause waits a moment before another try, and reports whether there is time for
// one.
func pause(ctx context.Context, d time.Duration, deadline time.Time) bool {
	if time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt is how long one request waits for its answer. The first ones are short:
// what they ask may have got lost with the server that it was on the way to.
func attempt(try int, deadline time.Time) time.Duration {
	return max(time.Millisecond, min(time.Second<<min(try, 2), time.Until(deadline)))
}

// ask makes a request that changes nothing, again and again until it is answered
// or the patience is at its end.
func (l *link) ask(ctx context.Context, subject string, body []byte) (*nats.Msg, error) {
	deadline := deadlineOf(ctx)
	for try := 0; ; try++ {
		s, err := l.await(ctx, deadline)
		if err != nil {
			return nil, err
		}
		answer, err := s.conn.Request(subject, body, attempt(try, deadline))
		if err == nil && l.is(s) {
			return answer, nil
		}
		if err == nil {
			err = nats.ErrDisconnected
		}
		if !pause(ctx, pauseAfter(err), deadline) {
			return nil, fmt.Errorf("no answer from NATS: %w", err)
		}
	}
}

// unsent reports whether an error of a request says that nobody has received it.
func unsent(err error) bool {
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrReconnectBufExceeded)
}

// pauseAfter is how long to wait before another try. A request that timed out has
// waited already; one that failed at once would fail again at once.
func pauseAfter(err error) time.Duration {
	if errors.Is(err, nats.ErrTimeout) {
		return 0
	}
	return 50 * time.Millisecond
}

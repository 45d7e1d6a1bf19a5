package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"session-store/journal"
)

// errUnknown is part of each error that leaves it open whether the record was
// stored.
var errUnknown = errors.New("nobody knows whether it was stored")

// publish stores the message on its condition. A request whose outcome is unknown
// is made again: if the first one was carried out, the second is refused, and the
// record that took the place says by its id whether it was ours.
func (l *log) publish(ctx context.Context, msg *nats.Msg, after uint64, id string) (uint64, error) {
	deadline := deadlineOf(ctx)
	unknown := false
	for try := 0; ; try++ {
		seq, err := l.once(ctx, msg, after, try, deadline)
		if err == nil {
			return seq, nil
		}
		if unknown && errors.Is(err, journal.ErrBehind) {
			return l.whose(ctx, after, id)
		}
		unknown = unknown || unsettled(err)
		wait, again := another(err, try)
		if again && pause(ctx, wait, deadline) {
			continue
		}
		if unknown {
			err = fmt.Errorf("%w: %w", errUnknown, err)
		}
		return 0, err
	}
}

// once makes one request.
func (l *log) once(ctx context.Context, msg *nats.Msg, after uint64, try int, deadline time.Time) (uint64, error) {
	way, err := l.stream.link.await(ctx, deadline)
	if err != nil {
		return 0, err
	}
	answer, err := way.conn.RequestMsg(msg, attempt(try, deadline))
	if errors.Is(err, nats.ErrMaxPayload) {
		return 0, fmt.Errorf("%w: %w", journal.ErrTooLarge, err)
	}
	if err != nil {
		return 0, err
	}
	seq, refused := decodeAck(answer.Data)
	switch {
	case refused == nil:
		return seq, nil
	case refused.sees(after):
		return 0, fmt.Errorf("the newest record cannot be read: %w", refused)
	case refused.behind():
		return 0, journal.ErrBehind
	case refused.ErrCode == codeTooLarge:
		return 0, fmt.Errorf("%w: %w", journal.ErrTooLarge, refused)
	}
	return 0, refused
}

// unsettled reports whether a request that has failed may have been carried out.
func unsettled(err error) bool {
	var refused *refusal
	var noWay noWay
	return !errors.As(err, &refused) && !errors.As(err, &noWay) && !unsent(err) &&
		!errors.Is(err, journal.ErrBehind) && !errors.Is(err, journal.ErrTooLarge)
}

// another reports whether another request may go better, and after what pause.
func another(err error, try int) (wait time.Duration, again bool) {
	var refused *refusal
	var noWay noWay
	switch {
	case errors.As(err, &refused):
		return busyWait(try), refused.busy()
	case errors.As(err, &noWay), errors.Is(err, journal.ErrBehind), errors.Is(err, journal.ErrTooLarge):
		return 0, false
	}
	return pauseAfter(err), true
}

// busyWait is the pause after a refusal that says only that another record of the
// room is on its way through the replicas, which takes as long as an append does. A
// leader says it also for a moment after it has answered.
func busyWait(try int) time.Duration {
	return min(100*time.Microsecond<<min(2*try, 10), 20*time.Millisecond)
}

// whose settles an append that was refused after one with an unknown outcome. The
// record that follows the one it was to follow is ours, or it took the place of
// ours, which then was not stored. But if a snapshot has taken the place of both,
// nobody can tell.
func (l *log) whose(ctx context.Context, after uint64, id string) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, reconnectWait)
	defer cancel()
	next, err := l.stream.next(ctx, l.subject, after)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", errUnknown, err)
	case isRecord(next.data, id):
		return next.seq, nil
	case next.seq != 0 && next.prev == after:
		return 0, journal.ErrBehind
	}
	return 0, fmt.Errorf("%w: what followed is gone", errUnknown)
}

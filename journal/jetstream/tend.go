package jetstream

import (
	"context"
	"strconv"
	"time"

	"session-store/model"
)

const (
	// beatEvery is how often a node says that it is alive, and how often rooms that
	// could not read are woken again.
	beatEvery = time.Second
	// auditEvery is how often each open room is asked whether it has missed its
	// newest record; auditStep how often some of them are. At 100,000 open rooms
	// these are 1,000 questions a step, each answered within 20 µs of a server.
	auditEvery = 10 * time.Second
	auditStep  = 100 * time.Millisecond
	// hurry is how long the audit takes after a connection was lost.
	hurry = time.Second
)

// tend does what is done from time to time.
func (f *follower) tend(ctx context.Context) {
	steps := time.NewTicker(auditStep)
	defer steps.Stop()
	var round audit
	beat := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-steps.C:
			if now.Sub(beat) >= beatEvery {
				beat = now
				f.members.tick(now)
				f.say("")
				if f.stream.link.err() == nil {
					f.stream.rooms.wakeSuspicious()
				}
			}
			f.audit(&round, now)
		}
	}
}

// audit is a round through the open rooms.
type audit struct {
	left  []*log
	size  int // of a step
	begun time.Time
}

// audit asks for some of the rooms what stands behind their newest record, without
// waiting for the answers: nothing, as a rule.
func (f *follower) audit(round *audit, now time.Time) {
	if f.stream.link.err() != nil {
		return
	}
	over := auditEvery
	missed := f.missed.Swap(false)
	if missed {
		over = hurry
	}
	if missed || len(round.left) == 0 && now.Sub(round.begun) >= auditEvery {
		all := f.stream.rooms.all()
		*round = audit{left: all, size: len(all)/int(over/auditStep) + 1, begun: now}
	}
	n := min(round.size, len(round.left))
	for _, l := range round.left[:n] {
		f.question(l)
	}
	round.left = round.left[n:]
}

func (f *follower) question(l *log) {
	l.mu.Lock()
	known, ask := l.heard.newest(), l.wake != nil && !l.heard.unread
	l.mu.Unlock()
	if !ask {
		return
	}
	body := append(strconv.AppendUint([]byte(`{"seq":`), known+1, 10), `,"next_by_subj":`...)
	body = append(model.AppendString(body, l.subject), '}')
	// If it fails, the next round asks again.
	_ = f.conn.PublishRequest("$JS.API.DIRECT.GET."+f.stream.names.stream, f.inbox, body)
}

package room

import (
	"context"
	"time"

	"session-store/model"
)

// tryAgain is when the room looks again at what it could not write down.
const tryAgain = time.Second

// ring is called by the alarm: it removes what is over, and sets the alarm for
// what comes next.
func (r *Room) ring() {
	r.write.Lock()
	defer r.write.Unlock()
	if r.dead {
		return
	}
	ctx := context.Background()
	if peers := r.leases.collect(); len(peers) > 0 {
		_, err := r.doLocked(ctx, model.Leave{Peers: peers, Reason: model.TimedOut, At: r.now()})
		if err != nil {
			// They live on for another timeout, after which it is tried again.
			r.complain("removing silent peers failed", err)
			for _, peer := range peers {
				r.leases.begin(peer)
			}
		}
	}
	if r.dead {
		return
	}
	if _, err := r.doLocked(ctx, model.Expire{At: r.now()}); err != nil {
		r.complain("removing what has expired failed", err)
		r.alarm.by(r.registry.config.Now().Add(tryAgain))
		return
	}
	if !r.dead {
		r.setAlarm()
	}
}

// setAlarm looks for the next moment at which something expires.
func (r *Room) setAlarm() {
	if due := r.session.Due(); due != 0 {
		r.alarm.by(due.Std())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if next := r.guests.endExpired(r.now()); !next.IsZero() {
		r.alarm.by(next)
	}
}

func (r *Room) complain(what string, err error) {
	r.registry.config.Log.Error(what, "room", r.name, "error", err)
}

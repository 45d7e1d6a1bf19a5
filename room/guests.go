package room

import (
	"time"

	"session-store/model"
	"session-store/sse"
)

// guests are the streams of admins that are no peers: no lease keeps them, they
// end with the session, or when what their application has signed ends. Room.mu
// guards them.
type guests map[*sse.Stream]model.Time

// endAll says to all of them that there is no session any more.
func (g guests) endAll() {
	for stream := range g {
		stream.End(string(model.SessionOver))
	}
}

// endExpired ends those whose time is over, and gives the earliest of the others;
// zero is none.
func (g guests) endExpired(now model.Time) (next time.Time) {
	for stream, expires := range g {
		if expires <= now {
			stream.End(string(model.Expired))
		} else if at := expires.Std(); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

func (r *Room) releaseGuest(stream *sse.Stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.guests, stream)
}

package jetstream

import (
	"context"
	"time"
)

// beatEvery is how often a node says that it is alive, and how often rooms that could
// not read are woken again.
const beatEvery = time.Second

// tend does what is done from time to time.
func (f *follower) tend(ctx context.Context) {
	steps := time.NewTicker(auditStep)
	defer steps.Stop()
	beat := time.Now()
	audit := audit{asked: beat}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-steps.C:
			if now.Sub(beat) >= beatEvery {
				beat = now
				f.members.tick(now)
				f.say(f.conn, "")
				if f.stream.link.err() == nil {
					f.stream.rooms.wakeSuspicious()
				}
			}
			f.audit(&audit, now)
		}
	}
}

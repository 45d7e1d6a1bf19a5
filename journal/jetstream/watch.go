package jetstream

import (
	"context"
	"fmt"
	"time"
)

// watch asks the leader of the stream now and then whether it is there, so that
// Ready need not ask.
func (f *follower) watch(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if f.stream.link.err() == nil {
			store(&f.stream.health.stream, f.look(ctx))
		}
	}
}

// look asks for the record of a room that cannot be. A stream that was removed is
// made again.
func (f *follower) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := f.stream.last(ctx, f.stream.names.rooms+"~")
	if is(err, codeNoStream) {
		f.stream.log.Error("the stream has gone; it is made again", "stream", f.stream.names.stream)
		_, err = f.stream.ensure(ctx, f.conn, f.replicas, true)
	}
	if err != nil {
		return fmt.Errorf("the stream %s does not answer: %w", f.stream.names.stream, err)
	}
	return nil
}

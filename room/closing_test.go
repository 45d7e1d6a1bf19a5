package room

import (
	"fmt"
	"sync"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/sse"
)

// A node that goes down in the moment in which it finds its journal again stays closed.
func TestEndGoingDownIsNotUndone(t *testing.T) {
	for try := range 20 {
		g := NewRegistry(Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
		for i := range 200 {
			if _, err := g.Join(t.Context(), fmt.Sprint("r", i), model.Peer{ID: auth.NewID()}); err != nil {
				t.Fatal(err)
			}
		}
		g.setCutOff(true)
		var both sync.WaitGroup
		both.Go(func() { g.setCutOff(false) })
		both.Go(g.CloseStreams)
		both.Wait()
		for _, r := range g.all() {
			stream := r.hub.Open(sse.Options{Filter: openFilter})
			if _, state := stream.Next(); state != sse.Last {
				t.Errorf("try %d: the room %s takes streams", try, r.name)
			}
			stream.Close()
		}
		g.Close()
		if t.Failed() {
			return
		}
	}
}

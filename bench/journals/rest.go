package journals

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"session-store/auth"
	"session-store/journal/jetstream"
)

// rest makes rooms, lets go of them, and opens some on a node that knows none.
func (m *measurement) rest() error {
	j, err := jetstream.Embed(m, jetstream.EmbedConfig{Dir: filepath.Join(m.dir, "rest"), MaxRecord: 1 << 20})
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	before := heap()
	tokens, err := m.makeRooms(newSite(j))
	if err != nil {
		return err
	}
	m.Product["rest_memory"] = (m.atRest() - before) / float64(m.size.AtRest) / 1024

	s := newSite(j)
	defer s.Registry.Close()
	var took []time.Duration
	for range m.size.Opened {
		i := rand.IntN(len(tokens))
		begin := time.Now()
		if _, err := s.Enter(m, roomAtRest(i), tokens[i].Peer, tokens[i].Hash); err != nil {
			return err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	m.Product["rest_open"] = micros(took[len(took)*99/100]) / 1e3
	runtime.KeepAlive(tokens)
	return nil
}

func roomAtRest(i int) string { return fmt.Sprint("rest.", i) }

// makeRooms joins each room, writes a key, and lets go of all.
func (m *measurement) makeRooms(s site) ([]auth.Token, error) {
	tokens := make([]auth.Token, m.size.AtRest)
	errs := make(chan error, 16)
	var group sync.WaitGroup
	for first := range 16 {
		group.Go(func() {
			for i := first; i < len(tokens); i += 16 {
				caller, token, err := s.join(m, roomAtRest(i))
				if err == nil {
					tokens[i] = token
					_, err = caller.Write(m, setting("spotlight"))
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	s.Registry.Close()
	select {
	case err := <-errs:
		return nil, err
	default:
		return tokens, nil
	}
}

// atRest is the least of some seconds: NATS keeps what was written last for so long.
func (m *measurement) atRest() float64 {
	least := heap()
	for end := time.Now().Add(m.size.RestFor); time.Now().Before(end); {
		least = min(least, heap())
	}
	return least
}

// heap is what is alive, in bytes.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

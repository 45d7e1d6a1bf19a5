package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// renewEvery is how long a key that was taken out of the set is still taken.
	renewEvery = time.Hour
	// unknownEvery bounds what strangers who name keys at random make us ask of
	// the application: two requests a minute. A new key waits no longer than this.
	unknownEvery = 30 * time.Second
	// readTimeout bounds the start, and a join that names an unknown key.
	readTimeout = 5 * time.Second
)

// keySet is the keys of a JWK set, kept new.
//
// jwkset's own storage is not used: its goroutine cannot be waited for, it reads
// answers without a bound, and one bad key makes it refuse the set.
type keySet struct {
	read source

	// keys are replaced whole, so that nobody waits for a reading who needs none.
	keys atomic.Pointer[[]publicKey]

	// mu is held while the source is read, so that all who name a new key share one
	// reading. It guards asked, when an unknown key last had it read.
	mu    sync.Mutex
	asked time.Time

	life context.Context
	stop context.CancelFunc
	loop sync.WaitGroup
}

func newKeySet(ctx context.Context, read source) *keySet {
	s := &keySet{read: read}
	s.keys.Store(&[]publicKey{})
	s.life, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// close ends the loop and whatever is being read.
func (s *keySet) close() {
	s.stop()
	s.loop.Wait()
}

// renewHourly runs until close.
func (s *keySet) renewHourly() {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-ticker.C:
			// If it fails, the keys stay: an application that is down for a moment
			// must not lock out those who hold its JWTs.
			_ = s.renew(s.life)
		}
	}
}

// renew reads the set, and on an error leaves the keys as they were.
func (s *keySet) renew(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renewLocked(ctx)
}

func (s *keySet) renewLocked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	text, err := s.read(ctx)
	if err != nil {
		return err
	}
	keys, err := parseSet(text)
	if err != nil {
		return err
	}
	s.keys.Store(&keys)
	return nil
}

// renewForUnknown reads the set because a JWT names a key that is not in it: the
// application may have a new one.
func (s *keySet) renewForUnknown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	// So it is also for one who waited for mu while another had it read.
	if time.Since(s.asked) < unknownEvery {
		return
	}
	s.asked = time.Now()
	_ = s.renewLocked(s.life) // as in renewHourly
}

func (s *keySet) has(id string) bool {
	for _, key := range *s.keys.Load() {
		if key.id == id {
			return true
		}
	}
	return false
}

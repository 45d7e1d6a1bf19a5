package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// renewEvery is how long a key that was taken out of the set is still taken.
	renewEvery = time.Hour
	// renewForUnknown bounds what strangers who name keys at random make us ask of
	// the application: two requests a minute. A new key waits no longer than this.
	renewForUnknown = 30 * time.Second
	// readTimeout bounds the start, and a join that names an unknown key.
	readTimeout = 5 * time.Second
	// maxSetBytes is far above any set that is meant: a key has a few kilobytes
	// with its certificates.
	maxSetBytes = 1 << 20
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

// renewFor reads the set because a JWT names a key that is not in it: the
// application may have a new one.
func (s *keySet) renewFor(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Another caller had it read while this one waited for mu.
	if s.has(id) || time.Since(s.asked) < renewForUnknown {
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

// source reads the text of a JWK set.
type source func(context.Context) ([]byte, error)

// newSource is the file or the http(s) URL that text names.
func newSource(text string) source {
	scheme, _, found := strings.Cut(text, "://")
	// RFC 3986, 3.1: "schemes are case-insensitive"
	if found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
		return fromURL(text)
	}
	return func(context.Context) ([]byte, error) {
		file, err := os.Open(text)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return readBounded(file)
	}
}

func fromURL(address string) source {
	client := &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			// One request an hour: a connection kept for the next would only be one
			// that Close has to end.
			DisableKeepAlives: true,
		},
	}
	return func(ctx context.Context) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		// RFC 7517, 8.5.2
		request.Header.Set("Accept", "application/jwk-set+json, application/json")
		answer, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answers %s", request.URL.Redacted(), answer.Status)
		}
		return readBounded(answer.Body)
	}
}

// checkRedirect keeps what began with TLS on TLS: whoever can change a plain
// answer could put his own key into the set.
func checkRedirect(next *http.Request, before []*http.Request) error {
	if before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return errors.New("it redirects from https to " + next.URL.Scheme)
	}
	if len(before) >= 5 {
		return errors.New("it redirects more than 5 times")
	}
	return nil
}

func readBounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSetBytes+1))
	if err == nil && len(text) > maxSetBytes {
		err = fmt.Errorf("a JWK set is at most %d bytes, this is more", maxSetBytes)
	}
	return text, err
}

package auth_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/model"
)

// issuer publishes a set, and counts who reads it.
type issuer struct {
	set    atomic.Pointer[[]byte] // nil: it is down
	reads  atomic.Int32
	silent atomic.Bool // it answers a second after it is not waited for any more
}

func (i *issuer) publish(set []byte) { i.set.Store(&set) }

func (i *issuer) read(ctx context.Context) ([]byte, error) {
	i.reads.Add(1)
	if i.silent.Load() {
		<-ctx.Done()
		time.Sleep(time.Second)
		return nil, ctx.Err()
	}
	set := i.set.Load()
	if set == nil {
		return nil, errors.New("down")
	}
	return *set, nil
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	set, err := i.read(r.Context())
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Write(set)
}

func (i *issuer) mustHaveRead(t *testing.T, want int32) {
	t.Helper()
	if got := i.reads.Load(); got != want {
		t.Errorf("the set was read %d times, not %d", got, want)
	}
}

func mustTake(t *testing.T, v *auth.Verifier, text string) {
	t.Helper()
	if _, err := v.Verify(text, "standup", noon); err != nil {
		t.Errorf("refused: %v", err)
	}
}

const unknownKey = "not in the JWK set"

func TestRotationOverHTTP(t *testing.T) {
	first, second := newEd25519(t), newEd25519(t)
	var app issuer
	app.publish(setOf(t, first.jwk(t, "1")))
	server := httptest.NewUnstartedServer(&app)
	var idle atomic.Int32
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateIdle {
			idle.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	v, err := auth.NewJWKSVerifier(t.Context(), server.URL+"/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for range 10 {
		mustTake(t, v, first.sign(t, "kid", "1"))
	}
	app.mustHaveRead(t, 1)

	app.publish(setOf(t, second.jwk(t, "2")))
	for range 10 {
		mustTake(t, v, second.sign(t, "kid", "2"))
	}
	app.mustHaveRead(t, 2)
	mustRefuse(t, v, first.sign(t, "kid", "1"), model.Unauthorized, unknownKey)
	for range 10 {
		mustRefuse(t, v, second.sign(t, "kid", "3"), model.Unauthorized, unknownKey)
	}
	app.mustHaveRead(t, 2)
	if n := idle.Load(); n > 0 {
		t.Errorf("%d connections were kept, which Close would have to end", n)
	}
}

// A set in a file is read again too, so that it can be changed without a restart.
func TestRotationOfAFile(t *testing.T) {
	first, second := newEd25519(t), newEd25519(t)
	path := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(path, setOf(t, first.jwk(t, "1")), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := auth.NewJWKSVerifier(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	mustTake(t, v, first.sign(t))
	if err := os.WriteFile(path, setOf(t, second.jwk(t, "2")), 0o600); err != nil {
		t.Fatal(err)
	}
	mustTake(t, v, second.sign(t, "kid", "2"))
}

// The end of what bounds the start is not the end of the Verifier.
func TestStartContextEnds(t *testing.T) {
	first, second := newEd25519(t), newEd25519(t)
	var app issuer
	app.publish(setOf(t, first.jwk(t, "1")))
	ctx, cancel := context.WithCancel(t.Context())
	v, err := auth.NewVerifierFrom(ctx, func(ctx context.Context) ([]byte, error) {
		set, _ := app.read(ctx)
		return set, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	cancel()
	app.publish(setOf(t, second.jwk(t, "2")))
	mustTake(t, v, second.sign(t, "kid", "2"))
}

// All who come with a new key at once share one reading.
func TestManyWithANewKey(t *testing.T) {
	first, second := newEd25519(t), newEd25519(t)
	fresh := second.sign(t, "kid", "2")
	var app issuer
	app.publish(setOf(t, first.jwk(t, "1")))
	v, err := auth.NewVerifierFrom(t.Context(), app.read)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	app.publish(setOf(t, second.jwk(t, "2")))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { mustTake(t, v, fresh) })
	}
	all.Wait()
	app.mustHaveRead(t, 2)
}

// The start waits 5 s for an issuer that says nothing, or less if ctx ends.
func TestSilentAtTheStart(t *testing.T) {
	for name, tt := range map[string]struct{ patience, want time.Duration }{
		"patient":   {time.Hour, 5 * time.Second},
		"impatient": {time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.patience)
				defer cancel()
				var app issuer
				app.silent.Store(true)
				began := time.Now()
				_, err := auth.NewVerifierFrom(ctx, app.read)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != tt.want+time.Second {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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
	before func(context.Context) // called first, if not nil
}

func (i *issuer) publish(set []byte) { i.set.Store(&set) }

func (i *issuer) read(ctx context.Context) ([]byte, error) {
	i.reads.Add(1)
	if i.before != nil {
		i.before(ctx)
	}
	set := i.set.Load()
	if set == nil {
		return nil, errors.Join(errors.New("down"), ctx.Err())
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
	server := httptest.NewServer(&app)
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

func TestRenewal(t *testing.T) {
	first, second := newEd25519(t), newEd25519(t)
	old, fresh, forged := first.sign(t, "kid", "1"), second.sign(t, "kid", "2"), second.sign(t, "kid", "x")
	start := func(t *testing.T) (*issuer, *auth.Verifier) {
		app := &issuer{}
		app.publish(setOf(t, first.jwk(t, "1")))
		v, err := auth.NewVerifierFrom(t.Context(), app.read)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.Close)
		return app, v
	}
	pass := func(d time.Duration) {
		time.Sleep(d)
		synctest.Wait()
	}

	t.Run("every hour, and a key that is gone is refused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, v := start(t)
			app.publish(setOf(t, second.jwk(t, "2")))
			pass(time.Hour - time.Second)
			mustTake(t, v, old)
			app.mustHaveRead(t, 1)
			pass(2 * time.Second)
			app.mustHaveRead(t, 2)
			mustRefuse(t, v, old, model.Unauthorized, unknownKey)
			mustTake(t, v, fresh)
		})
	})
	t.Run("a set that is emptied revokes all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, v := start(t)
			app.publish([]byte(`{"keys":[]}`))
			pass(time.Hour)
			mustRefuse(t, v, old, model.Unauthorized, unknownKey)
		})
	})
	t.Run("an issuer that is down locks nobody out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, v := start(t)
			app.set.Store(nil)
			pass(3 * time.Hour)
			app.mustHaveRead(t, 4)
			mustTake(t, v, old)
			app.publish([]byte(`{"error":"maintenance"}`))
			pass(time.Hour)
			mustTake(t, v, old)
			mustRefuse(t, v, fresh, model.Unauthorized, unknownKey)
			app.mustHaveRead(t, 6)
			mustTake(t, v, old)
		})
	})
	t.Run("strangers cannot have it read more than twice a minute", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, v := start(t)
			for range 600 {
				mustRefuse(t, v, forged, model.Unauthorized, unknownKey)
				pass(100 * time.Millisecond)
			}
			app.mustHaveRead(t, 1+2)
			app.publish(setOf(t, second.jwk(t, "2")))
			mustTake(t, v, fresh)
			app.mustHaveRead(t, 1+3)
		})
	})
	t.Run("a slow issuer holds a join for 5 seconds at most", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, v := start(t)
			app.before = func(ctx context.Context) { <-ctx.Done() }
			app.set.Store(nil)
			began := time.Now()
			mustRefuse(t, v, forged, model.Unauthorized, unknownKey)
			if took := time.Since(began); took != 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	})
	t.Run("Close ends a reading, and what is known stays", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			app, v := start(t)
			app.before = func(ctx context.Context) { <-ctx.Done() }
			app.set.Store(nil)
			pass(time.Hour)
			app.mustHaveRead(t, 2)
			began := time.Now()
			v.Close()
			if took := time.Since(began); took != 0 {
				t.Errorf("it took %v", took)
			}
			v.Close()
			mustTake(t, v, old)
			mustRefuse(t, v, forged, model.Unauthorized, unknownKey)
		})
	})
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

func TestUnreachable(t *testing.T) {
	s := newEd25519(t)
	set := string(setOf(t, s.jwk(t, "a")))
	mux := http.NewServeMux()
	mux.HandleFunc("/set", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, set) })
	mux.Handle("/moved", http.RedirectHandler("/set", http.StatusFound))
	mux.Handle("/circle", http.RedirectHandler("/circle", http.StatusFound))
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, set+strings.Repeat(" ", 1<<20))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	gone := httptest.NewServer(mux)
	gone.Close()
	dir := t.TempDir()
	tests := []struct{ name, source, words string }{
		{"there", server.URL + "/set", ""},
		{"in capitals", strings.Replace(server.URL, "http", "HTTP", 1) + "/set", ""},
		{"moved", server.URL + "/moved", ""},
		{"in a circle", server.URL + "/circle", "more than 5 times"},
		{"not there", server.URL + "/other", "404"},
		{"too long", server.URL + "/long", "at most 1048576 bytes"},
		{"down", gone.URL, "refused"},
		{"no host", "https://", "no Host"},
		{"no URL", "http://a b/", "invalid"},
		{"no file", filepath.Join(dir, "no.json"), "no such file"},
		{"a folder", dir, "is a directory"},
		{"no name", "", "no such file"},
		{"another scheme", "ftp://example.com/jwks", "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := auth.NewJWKSVerifier(t.Context(), tt.source)
			if tt.words == "" {
				if err != nil {
					t.Fatal(err)
				}
				defer v.Close()
				mustTake(t, v, s.sign(t, "kid", "a"))
				return
			}
			if err == nil || !strings.Contains(err.Error(), "--join-jwks") || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("the error is %v", err)
			}
		})
	}
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
				app := issuer{before: func(ctx context.Context) { <-ctx.Done() }}
				began := time.Now()
				_, err := auth.NewVerifierFrom(ctx, app.read)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != tt.want {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

// What was asked for with TLS is not taken without: who sits between could put in
// a key of his own.
func TestRedirectStaysOnTLS(t *testing.T) {
	for from, taken := range map[string]bool{"https://a/": false, "http://a/": true} {
		before := httptest.NewRequest(http.MethodGet, from, nil)
		plain := httptest.NewRequest(http.MethodGet, "http://b/", nil)
		if err := auth.CheckRedirect(plain, []*http.Request{before}); (err == nil) != taken {
			t.Errorf("from %s: %v", from, err)
		}
	}
}

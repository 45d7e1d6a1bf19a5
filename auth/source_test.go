package auth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"session-store/auth"
)

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
		{"no URL", "http://a b/", "is no URL"},
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

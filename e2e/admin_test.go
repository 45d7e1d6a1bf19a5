package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Profiles are taken at an address of their own, and nowhere else; the one that is
// being taken does not hold up the end of the program.
func TestAdmin(t *testing.T) {
	t.Parallel()
	const secret = "a secret that has more than 32 bytes"
	var profiling sync.WaitGroup
	var begin time.Time
	t.Cleanup(func() { // when the program has ended
		profiling.Wait()
		// The profile would take a minute; the patience with it is a second.
		if took := time.Since(begin); took > stopTimeout {
			t.Errorf("the program took %v to end", took)
		}
	})
	addr := fixedAddr(t)
	public, admin := start(t, "--admin-addr", addr, "--join-secret", secret).url, "http://"+addr
	for url, want := range map[string]struct {
		status int
		text   string
	}{
		admin + "/metrics":                           {200, "session_store_streams 0"},
		admin + "/debug/pprof/":                      {200, "goroutine"},
		admin + "/debug/pprof/goroutine?debug=1":     {200, "goroutine profile: total"},
		admin + "/debug/pprof/heap?debug=1":          {200, "heap profile"},
		admin + "/debug/pprof/profile?seconds=1":     {200, ""},
		admin + "/debug/pprof/trace?seconds=0.1":     {200, ""},
		admin + "/debug/pprof/cmdline":               {404, ""}, // it would show the secret
		admin + "/healthz":                           {404, ""},
		admin + "/rooms/r/store":                     {404, ""},
		public + "/debug/pprof/":                     {404, "not_found"},
		public + "/debug/pprof/goroutine":            {404, "not_found"},
		public + "/debug/pprof/profile?seconds=1000": {404, "not_found"},
	} {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != want.status || !strings.Contains(string(body), want.text) || strings.Contains(string(body), secret) {
			t.Errorf("%s: %d, %v, want %d and %q in\n%.300s", url, response.StatusCode, err, want.status, want.text, body)
		}
	}
	profiling.Go(func() {
		if response, err := http.Get(admin + "/debug/pprof/profile?seconds=60"); err == nil {
			_ = response.Body.Close()
		}
	})
	eventually(t, startTimeout, func() error { return isProfiled(admin) })
	begin = time.Now()
}

// isProfiled reports whether somebody takes a profile.
func isProfiled(admin string) error {
	response, err := http.Get(admin + "/debug/pprof/goroutine?debug=2")
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if !strings.Contains(string(body), "pprof.Profile(") {
		return fmt.Errorf("nobody takes a profile (%v)", err)
	}
	return nil
}

package e2e_test

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

const modules = "node_modules/playwright-core"

// chromium is the browser, by the same rule as in browser/harness.mjs.
func chromium() string { return cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium") }

// A run takes about a minute, half of it in waiting for pages to come back after a
// cut, and for peers to be removed that have said nothing.
const browserTimeout = 4 * time.Minute

// browserSecret signs the JWTs of the browser tests.
const browserSecret = "0123456789abcdef0123456789abcdef"

// TestBrowser opens the demo and Swagger UI in a real browser.
func TestBrowser(t *testing.T) {
	if _, err := os.Stat(chromium()); err != nil {
		t.Fatal("chromium is not installed: run `apt-get install chromium`")
	}
	if _, err := os.Stat(modules); err != nil {
		t.Fatal("playwright-core is not installed: run `npm ci` in e2e")
	}
	environment := append(os.Environ(),
		"BASE_URL="+start(t).url,
		"QUICK_URL="+start(t, "--peer-timeout", "4s").url,
		"SECRET_URL="+start(t, "--join-secret", browserSecret).url,
		"JOIN_SECRET="+browserSecret,
		"FULL_URL="+start(t, "--max-room-peers", "1").url,
	)
	for _, file := range []string{"meeting.mjs", "gone.mjs", "looks.mjs", "swagger.mjs"} {
		// One after the other: two browsers at once are slow on a small machine.
		t.Run(file, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), browserTimeout)
			defer cancel()
			node := exec.CommandContext(ctx, "node", "--test", "browser/"+file)
			node.Env = environment
			if output, err := node.CombinedOutput(); err != nil {
				t.Errorf("node: %v\n%s", err, output)
			}
		})
	}
}

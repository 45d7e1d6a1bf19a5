package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

const (
	chromium   = "/usr/bin/chromium"
	playwright = "node_modules/playwright-core"
)

// A run takes some 40 s, most of them in waiting for Chromium to open a stream
// again after a cut.
const browserTimeout = 4 * time.Minute

// TestBrowser opens the page and Swagger UI in a real browser.
func TestBrowser(t *testing.T) {
	if _, err := os.Stat(chromium); err != nil {
		t.Fatal("chromium is not installed: run `apt-get install chromium`")
	}
	if _, err := os.Stat(playwright); err != nil {
		t.Fatal("playwright-core is not installed: run `npm ci` in e2e")
	}
	server := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), browserTimeout)
	defer cancel()
	// One file after the other: two browsers at once are slow on a small machine.
	node := exec.CommandContext(ctx, "node", "--test", "--test-concurrency=1", "browser/page.mjs", "browser/swagger.mjs")
	node.Env = append(os.Environ(), "BASE_URL="+server.url)
	if output, err := node.CombinedOutput(); err != nil {
		t.Errorf("node: %v\n%s", err, output)
	}
}

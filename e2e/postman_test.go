package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

const (
	newman      = "node_modules/.bin/newman"
	collection  = "../postman/session-store.postman_collection.json"
	environment = "../postman/session-store.postman_environment.json"
)

// A run takes some 15 s, most of them in streams that last a second each.
const newmanTimeout = 3 * time.Minute

// TestPostmanCollection runs the collection twice on one server: a user's second
// run must not meet what the first one has left.
func TestPostmanCollection(t *testing.T) {
	if _, err := os.Stat(newman); err != nil {
		t.Fatal("newman is not installed: run `npm ci` in e2e")
	}
	server := start(t)
	for _, run := range []string{"first run", "second run"} {
		t.Run(run, func(t *testing.T) { runNewman(t, server.url) })
	}
}

func runNewman(t *testing.T, baseURL string) {
	ctx, cancel := context.WithTimeout(t.Context(), newmanTimeout)
	defer cancel()
	output, err := exec.CommandContext(ctx, newman, "run", collection, "--environment", environment,
		"--env-var", "baseUrl="+baseURL, "--color", "off",
		"--reporter-cli-no-banner", "--reporter-cli-no-success-assertions").CombinedOutput()
	if err != nil {
		t.Errorf("newman: %v\n%s", err, output)
	}
}

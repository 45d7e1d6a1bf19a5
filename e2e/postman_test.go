package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

const (
	newman        = "node_modules/.bin/newman"
	collection    = "../postman/session-store.postman_collection.json"
	jwtCollection = "../postman/session-store-jwt.postman_collection.json"
	environment   = "../postman/session-store.postman_environment.json"
)

// A run takes some 20 s, most of them in streams that last a second each.
const newmanTimeout = 2 * time.Minute

// TestPostmanCollections runs each collection twice on one server: a user's second
// run must not meet what the first one has left. They wait more than they work, so
// they run at once.
func TestPostmanCollections(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(newman); err != nil {
		t.Fatal("newman is not installed: run `npm ci` in e2e")
	}
	const secret = "the secret of the application in tests"
	for _, test := range []struct {
		name, collection string
		flags            []string
	}{
		{"anybody may join", collection, nil},
		{"JWTs", jwtCollection, []string{"--join-secret", secret}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, test.flags...)
			for _, run := range []string{"first run", "second run"} {
				t.Run(run, func(t *testing.T) {
					runNewman(t, test.collection, "baseUrl="+server.url, "joinSecret="+secret)
				})
			}
		})
	}
}

func runNewman(t *testing.T, collection string, variables ...string) {
	ctx, cancel := context.WithTimeout(t.Context(), newmanTimeout)
	defer cancel()
	arguments := []string{"run", collection, "--environment", environment}
	for _, variable := range variables {
		arguments = append(arguments, "--env-var", variable)
	}
	arguments = append(arguments, "--color", "off",
		"--reporter-cli-no-banner", "--reporter-cli-no-success-assertions")
	output, err := exec.CommandContext(ctx, newman, arguments...).CombinedOutput()
	if err != nil {
		t.Errorf("newman: %v\n%s", err, output)
	}
}

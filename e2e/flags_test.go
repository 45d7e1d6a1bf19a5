package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What keeps people out and was given without a value, as by a variable that a script
// has not set, stops the start, and so does what can never be reached: with one line that
// names the flag.
func TestFlagsThatAreRefused(t *testing.T) {
	t.Parallel()
	for want, given := range map[string][]string{
		"--join-secret: is empty":        {"--join-secret="},
		"--join-jwks: is empty":          {"--join-jwks", ""},
		"--allowed-hosts: is empty":      {"SESSION_STORE_ALLOWED_HOSTS="},
		"join-secret: is empty; leave":   {"SESSION_STORE_JOIN_SECRET="},
		`--nats: "http://10.0.0.1:4222"`: {"--nats", "nats://10.0.0.2,http://10.0.0.1:4222"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
		cmd := exec.CommandContext(ctx, binary, "--addr", "127.0.0.1:0")
		cmd.Env = withoutFlags(os.Environ())
		if strings.HasPrefix(given[0], "--") {
			cmd.Args = append(cmd.Args, given...)
		} else {
			cmd.Env = append(cmd.Env, given...)
		}
		said, err := cmd.CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(said), want) || strings.Count(string(said), "\n") != 1 {
			t.Errorf("%v: %v\n%s\nwant one line with %q", given, err, said, want)
		}
	}
}

package e2e_test

import "testing"

// What keeps people out and was given without a value, as by a variable that a script
// has not set, stops the start, and so does what can never be reached: with one line that
// names the flag.
func TestFlagsThatAreRefused(t *testing.T) {
	t.Parallel()
	for want, given := range map[string]struct{ variables, flags []string }{
		"--join-secret: is empty":        {flags: []string{"--join-secret="}},
		"--join-jwks: is empty":          {flags: []string{"--join-jwks", ""}},
		"--allowed-hosts: is empty":      {variables: []string{"SESSION_STORE_ALLOWED_HOSTS="}},
		"join-secret: is empty; leave":   {variables: []string{"SESSION_STORE_JOIN_SECRET="}},
		`--nats: "http://10.0.0.1:4222"`: {flags: []string{"--nats", "nats://10.0.0.2,http://10.0.0.1:4222"}},
	} {
		wantRefused(t, want, given.variables, given.flags)
	}
}

package e2e_test

import (
	"strings"
	"testing"
)

// What keeps people out and was given without a value, as by a variable that a script
// has not set, stops the start, and so does what can never be reached: with one line that
// names the flag, and no secret.
func TestFlagsThatAreRefused(t *testing.T) {
	t.Parallel()
	for want, given := range map[string]struct{ variables, flags []string }{
		"--join-secret: is empty":      {flags: []string{"--join-secret="}},
		"--join-jwks: is empty":        {flags: []string{"--join-jwks", ""}},
		"--allowed-hosts: is empty":    {variables: []string{"SESSION_STORE_ALLOWED_HOSTS="}},
		"join-secret: is empty; leave": {variables: []string{"SESSION_STORE_JOIN_SECRET="}},
		"--nats: http:// is not":       {flags: []string{"--nats", "nats://10.0.0.2,http://user:s3cret@10.0.0.1:4222"}},
		"--sync: always is for --data": {flags: []string{"--sync", "always"}},
		"the address is no URL":        {flags: []string{"--join-jwks", "http://user:s3cret%zz@127.0.0.1:1/keys"}},
		"an address is no URL":         {flags: []string{"--nats", "nats://user:s3cret%zz@127.0.0.1:1"}},
		"127.0.0.1:1/keys: dial":       {flags: []string{"--join-jwks", "http://user:s3cret@127.0.0.1:1/keys?key=s3cret"}},
	} {
		if said := wantRefused(t, want, given.variables, given.flags); strings.Contains(said, "s3cret") {
			t.Errorf("it says a secret: %s", said)
		}
	}
}

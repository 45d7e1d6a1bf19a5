package e2e_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// health asks the program with flags and variables, and gives its one line and
// whether it has ended with 0.
func health(t *testing.T, env []string, flags ...string) (line string, ready bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append(flags, "--health")...)
	cmd.Env = append(withoutFlags(os.Environ()), env...)
	output, err := cmd.CombinedOutput()
	line = strings.TrimSuffix(string(output), "\n")
	if strings.Contains(line, "\n") || line == "" {
		t.Errorf("it said more, or less, than one line:\n%s", output)
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 1 {
		t.Errorf("exit code %d (%v)", code, err)
	}
	return line, err == nil
}

func TestHealth(t *testing.T) {
	t.Parallel()
	plain, secure := start(t), startTLS(t, newCertificate(t))
	plainAddr, secureAddr := strings.TrimPrefix(plain.url, "http://"), strings.TrimPrefix(secure.url, "https://")
	_, port, err := net.SplitHostPort(plainAddr)
	if err != nil {
		t.Fatal(err)
	}
	other := start(t)
	other.kill(t)
	withTLS := []string{"--tls-cert", secure.dir + "/cert.pem", "--tls-key", secure.dir + "/key.pem"}
	for name, test := range map[string]struct {
		env, flags []string
		want       string
		ready      bool
	}{
		"ready":              {flags: []string{"--addr", plainAddr}, want: "ready", ready: true},
		"of all addresses":   {flags: []string{"--addr", ":" + port}, want: "ready", ready: true},
		"of all of IPv4":     {flags: []string{"--addr", "0.0.0.0:" + port}, want: "ready", ready: true},
		"by name":            {flags: []string{"--addr", "localhost:" + port}, want: "ready", ready: true},
		"as a variable":      {env: []string{"SESSION_STORE_ADDR=" + plainAddr}, want: "ready", ready: true},
		"around a proxy":     {env: []string{"HTTP_PROXY=http://192.0.2.1:1"}, flags: []string{"--addr", plainAddr}, want: "ready", ready: true},
		"with TLS":           {flags: append(withTLS, "--addr", secureAddr), want: "ready", ready: true},
		"without its TLS":    {flags: []string{"--addr", secureAddr}, want: "400"},
		"with TLS too much":  {flags: append(withTLS, "--addr", plainAddr), want: "TLS handshake"},
		"nobody there":       {flags: []string{"--addr", strings.TrimPrefix(other.url, "http://")}, want: "connection refused"},
		"no port":            {flags: []string{"--addr", "127.0.0.1:0"}, want: "names no port"},
		"no variable of its": {env: []string{"SESSION_STORE_HEALTH=false"}, flags: []string{"--addr", plainAddr}, want: "ready", ready: true},
	} {
		line, ready := health(t, test.env, test.flags...)
		if ready != test.ready || !strings.Contains(line, test.want) || ready && line != "ready" {
			t.Errorf("%s: %q, %v; want %q, %v", name, line, ready, test.want, test.ready)
		}
	}
}

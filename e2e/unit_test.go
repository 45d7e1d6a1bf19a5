package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const unit = "../deploy/session-store.service"

// The unit is one that systemd understands, and that leaves the program little; what
// it starts runs. There is no systemd in this: that the program can do with what the
// unit leaves was looked at by hand, with strace.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	if inside() == "" {
		runInside(t, "unit", insideTimeout)
		return
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Fatalf("%v: run `apt-get install systemd`", err)
	}
	empty(t, "/usr/local/bin")
	command(t, "cp", binary, "/usr/local/bin/session-store")
	if said := command(t, "systemd-analyze", "verify", unit); said != "" {
		t.Errorf("systemd-analyze verify: %s", said)
	}
	// Of 100, which is a unit without any protection; it has 14.
	command(t, "systemd-analyze", "security", "--offline=true", "--threshold=20", unit)

	content, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	text := strings.ReplaceAll(string(content), "%S", state)
	var start, environ []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "ExecStart":
			start = strings.Fields(value)
		case "Environment":
			environ = append(environ, value)
		case "StateDirectory":
			if err := os.Mkdir(filepath.Join(state, value), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command(start[0], start[1:]...)
	cmd.Env = environ
	d := run(t, "", cmd)
	d.await(t, `is ready" url=(http://127.0.0.1:8080)`)
	if line, ready := health(t, environ); !ready {
		t.Error(line)
	}
	if kept, err := os.ReadDir(filepath.Join(state, "session-store")); len(kept) == 0 {
		t.Errorf("nothing is kept in the folder of the unit (%v)", err)
	}
	// What the comment at its top says about NATS.
	if line, ready := health(t, append(environ, "SESSION_STORE_DATA=", "SESSION_STORE_NATS=nats://127.0.0.1:1")); !ready {
		t.Error(line)
	}
}

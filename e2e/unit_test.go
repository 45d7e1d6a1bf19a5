package e2e_test

import (
	"os"
	"os/exec"
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
	var start []string
	for line := range strings.Lines(string(content)) {
		if words, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart="); ok {
			start = strings.Fields(strings.ReplaceAll(words, "${STATE_DIRECTORY}", t.TempDir()))
		}
	}
	d := run(t, "", exec.Command(start[0], start[1:]...))
	d.await(t, `is ready" url=(http://127.0.0.1:8080)`)
	if line, ready := health(t, nil); !ready {
		t.Error(line)
	}
}

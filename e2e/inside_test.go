package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// insideVariable names the part of a test that this process runs, in a namespace;
// builtVariable is the program, which the first process has built.
const (
	insideVariable = "E2E_INSIDE"
	builtVariable  = "E2E_BUILT"
)

// insideTimeout is for any of the parts on a machine that has much else to do.
const insideTimeout = 3 * time.Minute

// inside is the part that this process is there for; empty in the first process,
// which starts the others.
func inside() string { return os.Getenv(insideVariable) }

// runInside runs this test again, in a process of its own that is root of a network
// and of mounts of its own: there the ports are free and the files are where an
// example configuration wants them. It may be called from any goroutine.
func runInside(t *testing.T, part string, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		t.Error(err)
		return
	}
	// With its first process everything in a namespace of processes ends.
	child := exec.CommandContext(ctx, "unshare", "--map-root-user", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child",
		"sh", "-c", `ip link set lo up && exec "$@"`, "sh",
		self, "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", timeout.String())
	// Who is not root outside has no sbin on the PATH, where ip and proxies are.
	child.Env = append(os.Environ(), insideVariable+"="+part, builtVariable+"="+binary, "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	output, err := child.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v (it needs unshare, of util-linux, and ip, of iproute2)\n%s", part, err, output)
		return
	}
	if testing.Verbose() {
		t.Logf("%s:\n%s", part, output)
	}
}

// empty puts a new file system where a folder is, in this namespace alone.
func empty(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		command(t, "mount", "-t", "tmpfs", "none", folder)
	}
}

// command runs a command to its end.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, output)
	}
	return string(output)
}

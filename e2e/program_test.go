// Package e2e_test runs the built program as its users do: over HTTP, as a
// process of its own, with clients that know nothing of its packages.
package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests that are parallel wait, for silence and for elections, most of the time:
	// they can do that together on any machine.
	_ = flag.Set("test.parallel", "32")
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	if binary = os.Getenv(builtVariable); binary != "" { // see runInside
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "session-store-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "session-store")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the program: %w\n%s", err, output)
	}
	return m.Run(), nil
}

// Supervisors kill what has not stopped after 10 s; a start reads nothing large, and a
// machine that has much else to do may let it wait.
const (
	startTimeout = 30 * time.Second
	stopTimeout  = 10 * time.Second
)

// program is one running process.
type program struct {
	url    string // http://127.0.0.1:PORT
	cmd    *exec.Cmd
	logged chan string // all of stderr, once the program has closed it
	ended  bool
}

// start runs the program with the flags on a free port. The test's cleanup stops
// it with SIGTERM and wants exit code 0 of it.
func start(t *testing.T, flags ...string) *program {
	t.Helper()
	return startBy(t, nil, flags...)
}

// startBy is start by another command, which becomes the program.
func startBy(t *testing.T, by []string, flags ...string) *program {
	t.Helper()
	line := append(append(slices.Clone(by), binary, "--addr", "127.0.0.1:0"), flags...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = withoutFlags(os.Environ())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the program: %v", err)
	}
	p := &program{cmd: cmd, logged: make(chan string, 1)}
	url := make(chan string, 1)
	go func() { p.logged <- readLog(stderr, url) }()
	t.Cleanup(func() { p.stop(t) })

	select {
	case p.url = <-url:
	case <-time.After(startTimeout):
	}
	if p.url == "" {
		t.Fatalf("the program did not log its url within %v", startTimeout)
	}
	return p
}

// withoutFlags is the environment without the program's own variables, so that
// a test runs what it says, on every machine.
func withoutFlags(environ []string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool {
		return strings.HasPrefix(variable, "SESSION_STORE_")
	})
}

var urlField = regexp.MustCompile(` url=(http://\S+)`)

// readLog reads the log to its end and returns it. It sends the address as soon
// as it is logged, and closes url if it never was.
func readLog(stderr io.Reader, url chan<- string) string {
	defer close(url)
	var log strings.Builder
	found := false
	for lines := bufio.NewReader(stderr); ; {
		line, err := lines.ReadString('\n')
		log.WriteString(line)
		if match := urlField.FindStringSubmatch(line); match != nil && !found {
			found = true
			url <- match[1]
		}
		if err != nil {
			return log.String()
		}
	}
}

// kill ends the program without a word.
func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.ended = true
	log := <-p.logged
	_ = p.cmd.Wait() // it was killed
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("stderr of the program that was killed:\n%s", log)
		}
	})
}

// refused runs the program with flags that it must not start with, and gives what
// it says.
func refused(t *testing.T, flags ...string) string {
	t.Helper()
	said, err := tryStart(t, nil, flags)
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the program ended with %v, want exit code 1\n%s", err, said)
	}
	return said
}

// wantRefused wants that the program does not start with such variables and flags, and
// says why in one line, which has want in it.
func wantRefused(t *testing.T, want string, variables, flags []string) (said string) {
	t.Helper()
	said, err := tryStart(t, variables, flags)
	if err == nil || !strings.HasPrefix(said, "session-store: error: ") || !strings.Contains(said, want) || strings.Count(said, "\n") != 1 {
		t.Errorf("%v %v: %v\n%s\nwant one line with %q", variables, flags, err, said, want)
	}
	return said
}

// tryStart gives what the program says until it ends.
func tryStart(t *testing.T, variables, flags []string) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"--addr", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(withoutFlags(os.Environ()), variables...)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func (p *program) stop(t *testing.T) {
	if p.ended {
		return
	}
	p.ended = true
	// It may have ended by itself; its exit code is looked at below.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(stopTimeout, func() {
		t.Errorf("the program did not stop within %v of SIGTERM", stopTimeout)
		_ = p.cmd.Process.Kill()
	})
	log := <-p.logged // before Wait, which closes the pipe
	err := p.cmd.Wait()
	kill.Stop()
	if err != nil {
		t.Errorf("the program ended with %v, want exit code 0", err)
	}
	if t.Failed() {
		t.Logf("stderr of the program:\n%s", log)
	}
}

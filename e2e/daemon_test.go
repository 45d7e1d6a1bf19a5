package e2e_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// daemon is a process that runs beside a test, and what it has said so far.
type daemon struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed, and made anew, with each line
	ended chan struct{} // closed when it has closed its output
	gone  bool          // it was killed on purpose
}

// run starts a process that is found on the PATH, installed with the Debian
// package. The test's cleanup stops it with SIGTERM.
func run(t *testing.T, debian string, cmd *exec.Cmd) *daemon {
	t.Helper()
	if _, err := exec.LookPath(cmd.Path); err != nil {
		t.Fatalf("%v: run `apt-get install %s`", err, debian)
	}
	if cmd.Env == nil {
		cmd.Env = withoutFlags(os.Environ())
	}
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &daemon{cmd: cmd, more: make(chan struct{}), ended: make(chan struct{})}
	go d.read(reader)
	exit := make(chan error, 1)
	go func() {
		exit <- cmd.Wait()
		_ = writer.Close()
	}()
	t.Cleanup(func() { d.stop(t, exit) })
	return d
}

func (d *daemon) read(output io.Reader) {
	defer close(d.ended)
	for lines := bufio.NewScanner(output); lines.Scan(); {
		d.mu.Lock()
		d.lines = append(d.lines, lines.Text())
		close(d.more)
		d.more = make(chan struct{})
		d.mu.Unlock()
	}
}

// said is all that it has said so far, and what is closed when there is more.
func (d *daemon) said() (string, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, "\n"), d.more
}

// await waits for what the expression matches, and gives its first group.
func (d *daemon) await(t *testing.T, expression string) string {
	t.Helper()
	pattern := regexp.MustCompile(expression)
	deadline := time.After(startTimeout)
	for {
		text, more := d.said()
		if match := pattern.FindStringSubmatch(text); match != nil {
			return match[len(match)-1]
		}
		select {
		case <-more:
		case <-d.ended:
			t.Fatalf("%s has ended without saying %q:\n%s", d.cmd.Path, expression, text)
		case <-deadline:
			t.Fatalf("%s did not say %q within %v:\n%s", d.cmd.Path, expression, startTimeout, text)
		}
	}
}

func (d *daemon) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// end lets it stop before the test does, and wants exit code 0 of it.
func (d *daemon) end(t *testing.T) {
	t.Helper()
	d.gone = true
	d.signal(t, syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(stopTimeout):
		t.Fatalf("%s did not stop within %v of SIGTERM", d.cmd.Path, stopTimeout)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("%s ended with %d, want exit code 0", d.cmd.Path, code)
	}
}

// kill ends it without a word.
func (d *daemon) kill(t *testing.T) {
	t.Helper()
	d.gone = true
	d.signal(t, syscall.SIGKILL)
	<-d.ended
}

// stop wants it to have run until now, and to stop when it is told to.
func (d *daemon) stop(t *testing.T, exit <-chan error) {
	if !d.gone {
		select {
		case err := <-exit:
			t.Errorf("%s has ended by itself: %v", d.cmd.Path, err)
		default:
			_ = d.cmd.Process.Signal(syscall.SIGTERM)
			kill := time.AfterFunc(stopTimeout, func() {
				t.Errorf("%s did not stop within %v of SIGTERM", d.cmd.Path, stopTimeout)
				_ = d.cmd.Process.Kill()
			})
			<-exit // some give the number of the signal, some 0
			kill.Stop()
		}
	}
	<-d.ended
	if t.Failed() {
		text, _ := d.said()
		t.Logf("%s said:\n%s", strings.Join(d.cmd.Args, " "), text)
	}
}

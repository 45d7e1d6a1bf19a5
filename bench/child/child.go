//go:build linux

// Package child runs the servers that are measured, each as a process of its own,
// and asks the operating system what they have used.
//
//	Start ──▶ pinned process ──▶ "url=http://…" on its stderr ──▶ Child.Addr
//	                │
//	                └──▶ CPU (its clock) · RSS (/proc/PID/status) · Stop, Wait
//
// A child never outlives its parent: Stop kills it and waits, the context does
// the same, and the kernel does it when the parent is killed.
package child

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// startTimeout is for a machine that does something else meanwhile; a server
// starts in 50 ms.
const startTimeout = 20 * time.Second

// Spec is a process to start. It has to write url=http://ADDRESS to its stderr
// when it listens.
type Spec struct {
	Path string
	Args []string
	// Env comes on top of the environment of the parent, without what would
	// change the defaults of a server.
	Env  []string
	Pins Pins
}

// Child is a running server.
type Child struct {
	Addr string // HOST:PORT

	command *exec.Cmd
	cancel  context.CancelFunc
	drained chan struct{} // its stderr has ended
	last    string        // the last line of its stderr; read after drained
}

// Start starts the process, and returns when it listens.
func Start(ctx context.Context, spec Spec) (*Child, error) {
	ctx, cancel := context.WithCancel(ctx)
	c := &Child{command: exec.CommandContext(ctx, spec.Path, spec.Args...), cancel: cancel, drained: make(chan struct{})}
	c.command.Env = append(environment(), spec.Env...)
	c.command.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true, // ^C in a terminal is for the parent, which ends us in order
		Pdeathsig: syscall.SIGKILL,
	}
	stderr, err := c.command.StderrPipe()
	if err == nil {
		err = spec.Pins.onServerCPUs(c.command.Start)
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	listening := make(chan string, 1)
	go c.drain(stderr, listening)
	select {
	case c.Addr = <-listening:
		return c, nil
	case <-c.drained:
		err = errors.New("it ended: " + c.last)
	case <-time.After(startTimeout):
		err = errors.New("it does not say where it listens")
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.Stop()
	return nil, fmt.Errorf("start %s %s: %w", spec.Path, strings.Join(spec.Args, " "), err)
}

func (c *Child) drain(stderr io.Reader, listening chan<- string) {
	defer close(c.drained)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		c.last = lines.Text()
		_, url, found := strings.Cut(c.last, "url=http://")
		if found {
			addr, _, _ := strings.Cut(url, " ")
			select {
			case listening <- addr:
			default: // it said so before
			}
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // a line that was too long ends the scanner
}

// Stop kills the process and waits until it is gone.
func (c *Child) Stop() {
	c.cancel()
	<-c.drained
	_ = c.command.Wait() // "signal: killed" is what we want
}

// CPU is the time that all threads of the process have had, user and system, to
// the nanosecond. The sums in /proc/PID/stat have a grain of 10 ms, and
// /proc/PID/schedstat has the first thread only.
func (c *Child) CPU() (time.Duration, error) {
	// clock_getcpuclockid(3): the bits of the process id inverted, above the
	// three bits that say "the scheduler's clock of a whole process".
	const ofProcess, scheduler = 3, 2
	clock := int32((^c.command.Process.Pid)<<ofProcess | scheduler)
	var now unix.Timespec
	if err := unix.ClockGettime(clock, &now); err != nil {
		return 0, fmt.Errorf("CPU time of %s: %w", c.command.Path, err)
	}
	return time.Duration(now.Nano()), nil
}

// RSS is the memory of the process that is its own, in bytes: without the pages
// of its executable, and without the buffers that the kernel keeps for its
// sockets.
func (c *Child) RSS() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("no RssAnon in the status of %s", c.command.Path)
}

// environment is the parent's without the settings of the product and of the
// garbage collector: servers run with their defaults.
func environment() []string {
	var kept []string
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if !strings.HasPrefix(name, "SESSION_STORE_") && name != "GOGC" && name != "GOMEMLIMIT" && name != "GOMAXPROCS" {
			kept = append(kept, setting)
		}
	}
	return kept
}

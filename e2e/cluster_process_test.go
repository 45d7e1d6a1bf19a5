package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a program that is killed, stopped for a while and started again, by
// anybody at any time: what goes wrong is an error, since only the test's own
// goroutine may end it.
type process struct {
	name string
	path string
	args []string
	log  string // the file that all of its runs write to

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{} // closed when it has
	result error         // once it has
	killed bool
}

// logDir keeps the logs of all processes, if it is set, and lets the program say
// everything.
const logDir = "SESSION_STORE_CLUSTER_LOGS"

// newProcess says what is to be run. The test's cleanup shows the end of its log, if
// the test has failed.
func newProcess(t *testing.T, name, path string, args ...string) *process {
	t.Helper()
	dir := os.Getenv(logDir)
	if dir == "" {
		dir = t.TempDir()
	}
	test := strings.ReplaceAll(t.Name(), "/", ".")
	p := &process{name: name, path: path, args: args, log: filepath.Join(dir, test+"."+name+".log")}
	t.Cleanup(func() {
		if log, err := os.ReadFile(p.log); t.Failed() && err == nil {
			t.Logf("the end of the log of %s:\n%s", name, log[max(0, len(log)-4<<10):])
		}
	})
	return p
}

func (p *process) start() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = withoutFlags(os.Environ()), log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ended := make(chan struct{})
	p.cmd, p.ended, p.killed = cmd, ended, false
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		p.result = err
		p.mu.Unlock()
		close(ended)
	}()
	return nil
}

// await polls until there is no error any more, for as long as the process runs.
func (p *process) await(within time.Duration, what func() error) error {
	for begin := time.Now(); ; {
		err := what()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s has ended by itself: %w", p.name, p.fault())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Since(begin) > within {
			return fmt.Errorf("%s, after %v: %w", p.name, within, err)
		}
	}
}

// fault is what the process ended with.
func (p *process) fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, _ := os.ReadFile(p.log)
	return fmt.Errorf("%v\n%s", p.result, lastLines(log, 3))
}

func lastLines(log []byte, n int) []byte {
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-n):], []byte("\n"))
}

func (p *process) signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Signal(sig)
}

// kill ends the process without a word. That it has ended before is an error: it was
// not asked to.
func (p *process) kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill %s: %w: %w", p.name, err, p.fault())
	}
	<-p.ended
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	return nil
}

// pause lets the process stand still for a while.
func (p *process) pause(length time.Duration) error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	time.Sleep(length)
	return p.signal(syscall.SIGCONT)
}

// stop ends the process with SIGTERM and wants exit code 0 of it.
func (p *process) stop(t *testing.T) {
	if p.cmd == nil || p.killed {
		return
	}
	_ = p.signal(syscall.SIGCONT)
	_ = p.signal(syscall.SIGTERM) // if it has ended by itself, result says how
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		t.Errorf("%s did not stop within %v of SIGTERM", p.name, stopTimeout)
		_ = p.signal(syscall.SIGKILL)
		<-p.ended
	}
	if p.result != nil && !t.Failed() {
		t.Errorf("%s ended with %v, want exit code 0", p.name, p.result)
	}
}

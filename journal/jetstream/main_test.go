package jetstream_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"
)

// TestMain is also the program of the NATS servers that the tests kill, and of the
// tests that need a disk of their own.
func TestMain(m *testing.M) {
	if settings := os.Getenv(childEnv); settings != "" {
		serve(settings)
		return
	}
	flag.Parse()
	// The tests wait for elections and for silence, most of the time: they can do
	// that together on any machine.
	_ = flag.Set("test.parallel", "16")
	goleak.VerifyTestMain(m)
}

const childEnv = "SESSION_STORE_TEST_NATS"

// child is a NATS server in a process of its own.
type child struct {
	Name, Dir     string
	Addr, Cluster netip.AddrPort
	Routes        []string

	process *exec.Cmd
}

// serve runs a NATS server until the test ends, or kills it.
func serve(settings string) {
	var c child
	if err := json.Unmarshal([]byte(settings), &c); err != nil {
		panic(err)
	}
	options := &server.Options{
		ServerName: c.Name, Host: c.Addr.Addr().String(), Port: int(c.Addr.Port()), NoSigs: true,
		JetStream: true, StoreDir: c.Dir, JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 1 << 26,
	}
	if len(c.Routes) > 1 {
		options.Cluster = server.ClusterOpts{Name: "test", Host: c.Cluster.Addr().String(), Port: int(c.Cluster.Port())}
	}
	for _, route := range c.Routes {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: route})
	}
	srv, err := server.NewServer(options)
	if err != nil {
		panic(err)
	}
	srv.Start()
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test has gone
}

func (c *child) url() string { return fmt.Sprint("nats://", c.Addr) }

func (c *child) start(t testing.TB) {
	t.Helper()
	settings, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	c.process = exec.Command(os.Args[0])
	c.process.Env = append(os.Environ(), childEnv+"="+string(settings))
	c.process.Stderr = os.Stderr
	stdin, err := c.process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		c.kill()
	})
}

// kill ends the server as a loss of power ends a machine.
func (c *child) kill() {
	if c.process.ProcessState == nil {
		_ = c.process.Process.Kill()
		_ = c.process.Wait()
	}
}

func newChild(t testing.TB, name string) *child {
	return &child{Name: name, Dir: t.TempDir(), Addr: fixedAddr(t), Cluster: fixedAddr(t)}
}

// startChildren runs a cluster of processes.
func startChildren(t testing.TB, size int) []*child {
	t.Helper()
	children := make([]*child, size)
	var routes []string
	for i := range children {
		children[i] = newChild(t, fmt.Sprint("n", i))
		routes = append(routes, children[i].Cluster.String())
	}
	for _, c := range children {
		if size > 1 {
			c.Routes = routes
		}
		c.start(t)
	}
	return children
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 40 s: %s", what)
		}
	}
}

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// natsBinary builds the NATS server that go.mod names, once, and only where a test
// needs it. It stands beside the program, and goes with it.
var natsBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "nats-server")
	build := exec.Command("go", "build", "-o", path, "github.com/nats-io/nats-server/v2")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the NATS server: %w\n%s", err, output)
	}
	return path, nil
})

// natsServer is one of a cluster; it keeps its folder and its addresses when it is
// killed and started again.
type natsServer struct {
	*process
	addr string
}

// natsConfig lets clients know of no other servers than they are told by the test:
// the nodes would go around their proxies.
const natsConfig = `
server_name: %q
listen: %q
max_payload: 1MB
jetstream { store_dir: %q, max_mem: 64MB, max_file: 1GB }
cluster { name: e2e, listen: %q, no_advertise: true, routes: [%s] }
`

// newNATS says how a cluster of NATS servers is run.
func newNATS(t *testing.T, size int) []*natsServer {
	t.Helper()
	path, err := natsBinary()
	if err != nil {
		t.Fatal(err)
	}
	clusterAddrs, routes := make([]string, size), make([]string, size)
	for i := range size {
		clusterAddrs[i] = fixedAddr(t)
		routes[i] = fmt.Sprintf("%q", "nats://"+clusterAddrs[i])
	}
	servers := make([]*natsServer, size)
	for i := range servers {
		name, dir, addr := fmt.Sprint("nats", i), t.TempDir(), fixedAddr(t)
		file := filepath.Join(dir, "nats.conf")
		text := fmt.Sprintf(natsConfig, name, addr, dir, clusterAddrs[i], strings.Join(routes, ", "))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		servers[i] = &natsServer{process: newProcess(t, name, path, "--config", file), addr: addr}
		t.Cleanup(func() { servers[i].stop(t) })
	}
	return servers
}

// start returns when the server takes connections; the cluster may still be on its
// way.
func (s *natsServer) start() error {
	if err := s.process.start(); err != nil {
		return err
	}
	return s.await(startTimeout, func() error {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
}

// fixedAddr is an address on which a process can be started again and again. All of
// 127.0.0.0/8 is this machine: on 127.0.0.1 another test may take the same port before
// the process has it, and the system gives one to whoever connects somewhere.
func fixedAddr(t *testing.T) string {
	t.Helper()
	host := fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	listener, err := net.Listen("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// startAll starts processes at once.
func startAll[P interface{ start() error }](t *testing.T, processes []P) {
	t.Helper()
	errs := make([]error, len(processes))
	var group sync.WaitGroup
	for i, p := range processes {
		group.Go(func() { errs[i] = p.start() })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// nodeStartTimeout is for a start while the NATS servers have no leader: the program
// itself gives up after 30 s.
const nodeStartTimeout = 35 * time.Second

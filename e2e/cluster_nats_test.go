package e2e_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/loopback"
)

// natsBinary builds the NATS server that go.mod names, once, and only where a test
// needs it. It stands beside the program, and goes with it.
var natsBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "nats-server")
	if _, err := os.Stat(path); err == nil {
		return path, nil // the process has built it that runs this one inside
	}
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

// fixedAddr is an address on which a process can be started again and again.
func fixedAddr(t *testing.T) string {
	t.Helper()
	addr, err := loopback.Addr()
	if err != nil {
		t.Fatal(err)
	}
	return addr.String()
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
// itself gives up after 30 s, and a busy machine may let it wait.
const nodeStartTimeout = 50 * time.Second

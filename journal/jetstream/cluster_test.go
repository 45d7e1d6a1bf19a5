package jetstream_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"session-store/e2e/loopback"
	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/journal/journaltest"
)

// startCluster runs servers with routes between them, in this process.
func startCluster(t testing.TB, size int) []*server.Server {
	t.Helper()
	var servers []*server.Server
	for _, options := range clusterOptions(t, size) {
		servers = append(servers, launch(t, options))
	}
	ready(t, servers...)
	return servers
}

func clusterOptions(t testing.TB, size int) []*server.Options {
	t.Helper()
	var addrs []netip.AddrPort
	var routes []*url.URL
	for range size {
		addr := fixedAddr(t)
		addrs = append(addrs, addr)
		routes = append(routes, &url.URL{Scheme: "nats", Host: addr.String()})
	}
	options := make([]*server.Options, size)
	for i := range options {
		options[i] = &server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: -1, NoSigs: true,
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 1 << 26,
			Cluster: server.ClusterOpts{Name: "test", Host: addrs[i].Addr().String(), Port: int(addrs[i].Port())}, Routes: routes,
		}
	}
	return options
}

// fixedAddr is an address for a server that others must know before it starts.
func fixedAddr(t testing.TB) netip.AddrPort {
	t.Helper()
	addr, err := loopback.Addr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// start runs a server, and waits until it can be connected to.
func start(t testing.TB, options *server.Options) *server.Server {
	t.Helper()
	srv := launch(t, options)
	ready(t, srv)
	return srv
}

func launch(t testing.TB, options *server.Options) *server.Server {
	t.Helper()
	srv, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	srv.Start()
	return srv
}

func ready(t testing.TB, servers ...*server.Server) {
	t.Helper()
	for _, srv := range servers {
		if !srv.ReadyForConnections(20 * time.Second) {
			t.Fatal("the NATS server does not start")
		}
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	servers := startCluster(t, 3)
	n := 0
	journaltest.RunNodes(t, func(t *testing.T) (one, two journal.Journal) {
		n++
		stream := fmt.Sprint("S", n)
		return connect(t, stream, servers[n%3]), connect(t, stream, servers[(n+1)%3])
	})
}

func connect(t testing.TB, stream string, servers ...*server.Server) journal.Journal {
	t.Helper()
	config := jetstream.Config{Stream: stream}
	for _, srv := range servers {
		config.URLs = append(config.URLs, srv.ClientURL())
	}
	j, err := jetstream.Connect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

package journals

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"session-store/e2e/loopback"
)

// startAlone is a server without a port, as the embedded journal has one.
func startAlone(dir string) (*server.Server, error) {
	return startServer(&server.Options{
		DontListen: true, NoSigs: true, JetStream: true, StoreDir: dir,
		SyncInterval: time.Second, JetStreamMaxMemory: 1 << 20, JetStreamMaxStore: 1 << 40,
	})
}

// startThree is a cluster on this machine.
func startThree(dir string) ([]*server.Server, error) {
	const count = 3
	var routes []*url.URL
	var addrs []netip.AddrPort
	for range count {
		addr, err := loopback.Addr()
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
		routes = append(routes, &url.URL{Scheme: "nats", Host: addr.String()})
	}
	var servers []*server.Server
	for i, addr := range addrs {
		one, err := startServer(&server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: -1, NoSigs: true,
			JetStream: true, StoreDir: filepath.Join(dir, fmt.Sprint(i)), JetStreamMaxMemory: 1 << 26, JetStreamMaxStore: 1 << 40,
			Cluster: server.ClusterOpts{Name: "bench", Host: addr.Addr().String(), Port: int(addr.Port())}, Routes: routes,
		})
		if err != nil {
			stopAll(servers)
			return nil, err
		}
		servers = append(servers, one)
	}
	return servers, nil
}

func startServer(options *server.Options) (*server.Server, error) {
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("a NATS server does not start")
	}
	return s, nil
}

func stopAll(servers []*server.Server) {
	for _, s := range servers {
		s.Shutdown()
		s.WaitForShutdown()
	}
}

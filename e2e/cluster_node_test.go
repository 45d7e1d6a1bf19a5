package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// node is one running program of those that share sessions. It keeps its address
// when it is killed and started again, but comes back as another node.
type node struct {
	*process
	*wire
	url string
}

// cluster is NATS servers, and nodes that each have their own wires to all of them.
type cluster struct {
	nats  []*natsServer
	nodes []*node
}

// newCluster starts three NATS servers and nodes, all at once.
func newCluster(t *testing.T, nodes int, flags ...string) *cluster {
	t.Helper()
	c := &cluster{nats: newNATS(t, 3)}
	for i := range nodes {
		c.nodes = append(c.nodes, c.newNode(t, fmt.Sprint("node", i), flags...))
	}
	begin := time.Now()
	startAll(t, c.nats)
	startAll(t, c.nodes)
	c.awaitReady(t, patience)
	t.Logf("3 NATS servers and %d nodes were ready after %v", nodes, time.Since(begin).Round(time.Millisecond))
	return c
}

func (c *cluster) newNode(t *testing.T, name string, flags ...string) *node {
	t.Helper()
	addr, wire := fixedAddr(t), newWire(t, c.nats)
	flags = append([]string{"--addr", addr, "--nats", strings.Join(wire.urls, ",")}, flags...)
	if os.Getenv(logDir) != "" {
		flags = append(flags, "--log-level", "debug")
	}
	n := &node{process: newProcess(t, name, binary, flags...), wire: wire, url: "http://" + addr}
	t.Cleanup(func() { n.stop(t) })
	return n
}

// asker does not wait for a process that stands still.
var asker = &http.Client{Timeout: 2 * time.Second}

// start returns when the node answers.
func (n *node) start() error {
	if err := n.process.start(); err != nil {
		return err
	}
	return n.await(nodeStartTimeout, func() error {
		response, err := asker.Get(n.url + "/healthz")
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	})
}

// ready is nil if requests should be sent here.
func (n *node) ready() error {
	response, err := asker.Get(n.url + "/readyz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: readyz says %d", n.name, response.StatusCode)
	}
	return nil
}

func (c *cluster) awaitReady(t *testing.T, within time.Duration) {
	t.Helper()
	for _, n := range c.nodes {
		eventually(t, within, n.ready)
	}
}

// eventually wants that there is no error any more in time.
func eventually(t *testing.T, within time.Duration, what func() error) {
	t.Helper()
	if err := soon(within, what); err != nil {
		t.Fatal(err)
	}
}

func soon(within time.Duration, what func() error) error {
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := what()
		if err == nil || time.Since(begin) > within {
			if err != nil {
				err = fmt.Errorf("still after %v: %w", within, err)
			}
			return err
		}
	}
}

// join makes a peer that calls this node, or ends the test.
func (n *node) join(t *testing.T, room string) *peer.Peer {
	t.Helper()
	return join(t, n.url, room)
}

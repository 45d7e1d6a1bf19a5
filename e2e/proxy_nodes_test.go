package e2e_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// behind are the proxies in front of two nodes.
var behind = map[string]func(t *testing.T) *front{
	"nginx":   func(t *testing.T) *front { return startNginx(t, "\t\tserver 127.0.0.1:8081 max_fails=0;\n") },
	"Caddy":   func(t *testing.T) *front { return startCaddy(t, "NODES=127.0.0.1:8080 127.0.0.1:8081") },
	"HAProxy": func(t *testing.T) *front { return startHAProxy(t, "", "\tserver node2 127.0.0.1:8081\n") },
}

// Of two nodes one is cut off from NATS. Who calls through a proxy does not feel it, once
// the proxy has found out, nor when it looks again whether that node is back. And a refusal
// of one room says nothing about the node.
func TestProxiesPassOverANodeThatIsCutOff(t *testing.T) {
	t.Parallel()
	if part := inside(); part != "" {
		passesOver(t, behind[part])
		return
	}
	if _, err := natsBinary(); err != nil { // for all of them
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for name := range behind {
		group.Go(func() { runInside(t, name, insideTimeout) })
	}
	group.Wait()
}

func passesOver(t *testing.T, startFront func(t *testing.T) *front) {
	path, err := natsBinary()
	if err != nil {
		t.Fatal(err)
	}
	nats := run(t, "nats-server", exec.Command(path, "-js", "-a", "127.0.0.1", "-p", "4222", "-sd", t.TempDir()))
	nats.await(t, "(Server is ready)")
	flags := []string{"--trusted-proxies", "127.0.0.1", "--join-rate", "0", "--max-room-peers", "1"}
	start(t, append(flags, "--addr", "127.0.0.1:8080", "--nats", "nats://127.0.0.1:4222")...)
	start(t, append(flags, "--addr", "127.0.0.1:8081")...) // alone, and well
	f := startFront(t)
	client := clientOf(t, f.cert, "", http2)
	eventually(t, startTimeout, func() error { return wantOK(client, "https://localhost/readyz") })

	nats.kill(t)
	direct := clientOf(t, nil, "", http1)
	eventually(t, startTimeout, func() error {
		if err := wantOK(direct, "http://127.0.0.1:8080/readyz"); err == nil || !strings.Contains(err.Error(), "503") {
			return fmt.Errorf("the node that is cut off is ready: %v", err)
		}
		return nil
	})
	var peers []*peer.Peer
	const rooms = 12
	eventually(t, startTimeout, func() error {
		for len(peers) < rooms {
			p, err := tryJoinWith(t.Context(), client, "https://localhost", fmt.Sprint("room", len(peers)))
			if err != nil {
				return err
			}
			peers = append(peers, p)
		}
		return nil
	})
	full := &peer.Peer{HTTP: client, URL: peers[0].URL}
	for range 3 { // and nginx then asks the other node, which says the same for its own reason
		answer, err := full.Call(t.Context(), http.MethodPost, "/join", "")
		if err != nil || answer.Status != http.StatusServiceUnavailable || answer.Field("code") != `"unavailable"` {
			t.Errorf("a full room: %d, %v: %s", answer.Status, err, answer.Body)
		}
	}
	// Longer than any of them leaves the node alone.
	for begin := time.Now(); time.Since(begin) < 12*time.Second; {
		for _, p := range peers {
			answer, err := p.Put(t.Context(), "k", "1")
			if err != nil || answer.Status >= 300 {
				t.Fatalf("after %v: %d, %v: %s", time.Since(begin), answer.Status, err, answer.Body)
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}

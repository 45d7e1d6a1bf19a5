package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// Twenty streams on one HTTP/2 connection, one of which is not read: the others are
// told everything meanwhile, and that one goes on with the newest values when it
// is read again.
func TestAloneOnOneConnection(t *testing.T) {
	// More than the 4 MiB that a client of Go takes of a stream that nobody reads.
	const streams, writes, valueBytes = 20, 6000, 1000
	made := newCertificate(t)
	server := startTLS(t, made)
	client, connections := countingClient(t, made.cert)
	writer := joinWith(t, client, server.url, "r")
	stopped := observe(t, writer)
	var group sync.WaitGroup
	for range streams - 1 {
		stream := observe(t, joinWith(t, client, server.url, "r"))
		group.Go(func() {
			if err := readToLast(stream); err != nil {
				t.Error(err)
			}
		})
	}
	value := strconv.Quote(strings.Repeat("x", valueBytes-2))
	begin := time.Now()
	for i := range writes {
		key := "k" + strconv.Itoa(i%10)
		if answer, err := writer.Put(t.Context(), key, value); err != nil || answer.Status >= 300 {
			t.Fatalf("write %d: %d, %v", i, answer.Status, err)
		}
	}
	must(t, http.StatusCreated)(writer.Put(t.Context(), "last", "1"))
	group.Wait()
	t.Logf("%d streams on %d connection(s); %d writes and all their events took %v", streams, connections(), writes, time.Since(begin))
	if connections() != 1 {
		t.Errorf("there were %d connections", connections())
	}
	if err := readToLast(stopped); err != nil {
		t.Errorf("the one that was not read: %v", err)
	}
}

func observe(t *testing.T, p *peer.Peer) *peer.Stream {
	t.Helper()
	// Until the end of the program: the test's own context would end it too soon.
	stream, err := p.Observe(context.WithoutCancel(t.Context()), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stream.Close)
	return stream
}

// readToLast reads until the key last is there.
func readToLast(stream *peer.Stream) error {
	var replica peer.Replica
	for replica.Entries["last"] == "" {
		event, err := stream.Next()
		if err == nil {
			err = replica.Apply(event)
		}
		if err != nil {
			return fmt.Errorf("at %s: %w", replica.Position, err)
		}
	}
	return nil
}

// Twenty tabs of a real browser, each with a stream.
func TestBrowserHTTP2(t *testing.T) {
	if _, err := os.Stat(chromium()); err != nil {
		t.Fatal("chromium is not installed: run `apt-get install chromium`")
	}
	if _, err := os.Stat("node_modules/playwright-core"); err != nil {
		t.Fatal("playwright-core is not installed: run `npm ci` in e2e")
	}
	made := newCertificate(t)
	server := startTLS(t, made)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "--test", "browser/http2.mjs")
	node.Env = append(os.Environ(), "BASE_URL="+server.url, "NODE_EXTRA_CA_CERTS="+filepath.Join(server.dir, "cert.pem"))
	output, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, output)
	}
	t.Logf("%s", output)
}

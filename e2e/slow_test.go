package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// Twenty readers stop reading while 12 MB of updates go by. The server grows by
// less than 24 MiB, the others are told as quickly as before, and when the twenty
// read again they are given the newest values.
func TestAloneReadersThatStopCostNobodyAnything(t *testing.T) {
	const stopped, keys, writes, valueBytes = 20, 12, 12_000, 1000
	program := start(t)
	writer, other := join(t, program.url, "slow"), join(t, program.url, "slow")
	stream, err := other.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	quick := &quickReader{T: t, stream: stream, writer: writer, keys: keys, value: strings.Repeat("x", valueBytes-2)}
	quick.next() // the snapshot
	p99Before := quick.writeAll(2000)

	var readers []net.Conn
	for range stopped {
		conn := stopReading(t, program.url, join(t, program.url, "slow"))
		defer func() { _ = conn.Close() }()
		readers = append(readers, conn)
	}
	before := residentBytes(t, program.url)
	p99 := quick.writeAll(writes)
	grown := residentBytes(t, program.url) - before
	t.Logf("%d bytes went by %d stopped readers; the server grew by %d KiB; p99 of the others %v, before %v",
		writes*valueBytes, stopped, grown>>10, p99, p99Before)
	if grown > 24<<20 {
		t.Errorf("the server grew by %d bytes", grown)
	}
	// Not a measurement, but what a writer or a reader that waits would exceed.
	if p99 > 10*p99Before+50*time.Millisecond {
		t.Errorf("p99 of the others is %v, it was %v", p99, p99Before)
	}
	store := must(t, 200)(writer.Call(t.Context(), "GET", "/store", ""))
	for i, conn := range readers {
		if err := readOn(conn, store); err != nil {
			t.Errorf("stopped reader %d: %v", i, err)
		}
	}
}

// quickReader writes, and waits for each write on its stream.
type quickReader struct {
	*testing.T
	stream *peer.Stream
	writer *peer.Peer
	keys   int
	value  string
}

func (q *quickReader) next() peer.Event {
	event, err := q.stream.Next()
	if err != nil {
		q.Fatal(err)
	}
	return event
}

// writeAll gives the p99 of the time from a write to its event.
func (q *quickReader) writeAll(writes int) time.Duration {
	took := make([]time.Duration, writes)
	for n := range writes {
		begin := time.Now()
		answer, err := q.writer.Put(q.Context(), fmt.Sprintf("k%d", n%q.keys), strconv.Quote(q.value))
		if err != nil || answer.Status >= 300 {
			q.Fatalf("write: %d, %v", answer.Status, err)
		}
		if event := q.next(); !strings.HasSuffix(event.ID, "-"+answer.Field("revision")) {
			q.Fatalf("wrote revision %s, got %s", answer.Field("revision"), event.ID)
		}
		took[n] = time.Since(begin)
	}
	slices.Sort(took)
	return took[writes*99/100]
}

// stopReading opens a stream and never takes a byte of it. Its buffer is small,
// but not much smaller than a segment on the loopback device: the system would
// send so little at once that reading on takes minutes.
func stopReading(t *testing.T, base string, p *peer.Peer) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(base, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(p.URL, base)
	if _, err := fmt.Fprintf(conn, "GET %s/observe?keys=*&access_token=%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, p.Token, host); err != nil {
		t.Fatal(err)
	}
	return conn
}

// readOn reads up to the newest revision, where the replica must equal the store.
func readOn(conn net.Conn, store peer.Answer) error {
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	stream := peer.NewStream(response.Body)
	var replica peer.Replica
	newest := "-" + store.Field("revision")
	for events := 1; ; events++ {
		event, err := stream.Next()
		if err == nil {
			err = replica.Apply(event)
		}
		if err != nil {
			return fmt.Errorf("after %d events, at %s: %w", events, replica.Position, err)
		}
		if strings.HasSuffix(replica.Position, newest) {
			return replica.Equal(store)
		}
	}
}

var resident = regexp.MustCompile(`(?m)^process_resident_memory_bytes (\S+)$`)

// residentBytes is what the program says of itself.
func residentBytes(t *testing.T, base string) int64 {
	t.Helper()
	response, err := http.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	match := resident.FindSubmatch(text)
	if match == nil {
		t.Fatal("there is no process_resident_memory_bytes in /metrics")
	}
	bytes, err := strconv.ParseFloat(string(match[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(bytes)
}

package e2e_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// Names come out of addresses, which have up to 64 KiB of a stranger's choice. What a
// server remembers of them is the names: 2,000 of these addresses are 120 MB.
func TestAbuseLongAddressesAreNotKept(t *testing.T) {
	server := besiege(t)
	p := join(t, server.url, "long")
	long := "?x=" + strings.Repeat("x", 60_000)
	before := server.use(t)
	for i := range 600 { // they are set, and remembered as removed
		must(t, http.StatusCreated)(p.Call(t.Context(), "PUT", fmt.Sprint("/store/k", i, long), `{"value":1}`))
		must(t, http.StatusNoContent)(p.Call(t.Context(), "DELETE", fmt.Sprint("/store/k", i, long), ""))
	}
	for i := range 90 { // they stay
		must(t, http.StatusCreated)(p.Call(t.Context(), "PUT", fmt.Sprint("/store/stays", i, long), `{"value":1}`))
	}
	for i := range 200 {
		stranger := &peer.Peer{HTTP: http.DefaultClient, URL: fmt.Sprint(server.url, "/rooms/long", i)}
		must(t, http.StatusCreated)(stranger.Call(t.Context(), "POST", "/join"+long, ""))
	}
	for range 100 {
		conn := openStream(t, server.addr, request(p, "GET", "/observe"+long+"&keys=one,two.*", ""))
		defer func() { _ = conn.Close() }()
	}
	after := server.use(t)
	t.Logf("the heap had %.1f MB, with 1,000 long addresses gone by it has %.1f", before.LiveMB, after.LiveMB)
	if after.LiveMB > before.LiveMB+8 {
		t.Errorf("the heap had %.1f MB, it has %.1f", before.LiveMB, after.LiveMB)
	}
}

// openStream sends the request and waits for the first line of its answer.
func openStream(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Fatalf("the stream is answered with %q, %v", line, err)
	}
	return conn
}

// costOfEach is by how many KB the heap grows for each of some strangers who say a part
// of a request, or all of it, and read nothing; a handler waits for each.
func (b besieged) costOfEach(t *testing.T, strangers int, text string) float64 {
	t.Helper()
	before := b.use(t)
	for range strangers {
		conn, err := net.Dial("tcp", b.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, patience, func() error {
		if now := b.use(t); now.Goroutines < before.Goroutines+float64(strangers) {
			return fmt.Errorf("%v goroutines", now.Goroutines)
		}
		return nil
	})
	return (b.use(t).LiveMB - before.LiveMB) * 1e3 / float64(strangers)
}

// A body takes memory as it comes, and not as it is announced.
func TestAbuseAnnouncedBodiesTakeNothing(t *testing.T) {
	server := besiege(t)
	p := join(t, server.url, "announced")
	head, _, _ := strings.Cut(request(p, "PATCH", "/store", ""), "Content-Length")
	each := server.costOfEach(t, 500, head+"Content-Length: 131072\r\n\r\n{")
	t.Logf("a body of 128 KiB that is announced takes %.0f KB", each)
	if each > 24 {
		t.Errorf("a body of 128 KiB that is announced takes %.0f KB", each)
	}
	must(t, http.StatusOK)(p.Call(t.Context(), "GET", "", ""))
}

// A list of peers is made as it is read: those who ask for a long one and do not read
// have the server keep a piece of it each, and not a megabyte.
func TestAbuseListsThatNobodyReads(t *testing.T) {
	server := besiege(t)
	p := join(t, server.url, "lists")
	name := `{"name":"` + strings.Repeat(`\u0001`, 64) + `"}` // 384 bytes in each list
	for range 2000 {
		stranger := &peer.Peer{HTTP: http.DefaultClient, URL: p.URL}
		must(t, http.StatusCreated)(stranger.Call(t.Context(), "POST", "/join", name))
	}
	each := server.costOfEach(t, 150, request(p, "GET", "/peers", ""))
	t.Logf("a list of 900 KB that nobody reads takes %.0f KB", each)
	if each > 100 {
		t.Errorf("a list of 900 KB that nobody reads takes %.0f KB", each)
	}
}

// queued is what the kernel holds for the server's end of a connection, in bytes: sent
// by the server and not taken, and sent to it and not read.
func queued(t *testing.T, conn net.Conn) (unsent, unread int64) {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	hex := func(a net.Addr) string { // as a little machine writes it
		tcp := a.(*net.TCPAddr)
		ip := tcp.IP.To4()
		return fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], tcp.Port)
	}
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line)) // sl local remote state tx:rx …
		if len(fields) < 5 || fields[1] != hex(conn.RemoteAddr()) || fields[2] != hex(conn.LocalAddr()) {
			continue
		}
		tx, rx, _ := strings.Cut(fields[4], ":")
		unsent, err = strconv.ParseInt(tx, 16, 64)
		if err == nil {
			unread, err = strconv.ParseInt(rx, 16, 64)
		}
		if err != nil {
			t.Fatal(err)
		}
		return unsent, unread
	}
	t.Fatal("the server has no such connection")
	return 0, 0
}

// What a stream's reader sends is read by nobody: the kernel keeps little of it.
func TestAbuseWhatIsSentOnAStream(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "upload")
	conn := openStream(t, strings.TrimPrefix(program.url, "http://"), request(p, "GET", "/observe?keys=*", ""))
	defer func() { _ = conn.Close() }()
	// It blocks when both kernels have what they take; a timeout is what is expected.
	_ = conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	sent, err := io.Copy(conn, io.LimitReader(forever{}, 64<<20))
	if err == nil {
		t.Error("the server takes 64 MB")
	}
	_, unread := queued(t, conn)
	t.Logf("%d bytes were sent, %d of them are kept on the server's side", sent, unread)
	if unread > 64<<10 {
		t.Errorf("%d bytes are kept", unread)
	}
	must(t, http.StatusOK)(p.Call(t.Context(), "GET", "", ""))
}

// forever is letters without an end.
type forever struct{}

func (forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A reader that stops is kept little for by the kernel too: not the 4 MB that it would
// take by itself.
func TestAbuseWhatIsKeptForAStoppedReader(t *testing.T) {
	program := start(t, "--max-value-bytes", "60000", "--max-total-bytes", "1000000")
	p := join(t, program.url, "stopped")
	conn := stopReading(t, program.url, p)
	defer func() { _ = conn.Close() }()
	for i := range 200 {
		value := strconv.Quote(strings.Repeat(string(rune('a'+i%26)), 50_000))
		if answer, err := p.Put(t.Context(), fmt.Sprint("k", i%10), value); err != nil || answer.Status >= 300 {
			t.Fatalf("%d, %v: %s", answer.Status, err, answer.Body)
		}
	}
	unsent, _ := queued(t, conn)
	t.Logf("10 MB went by, %d bytes are kept by the kernel", unsent)
	if unsent > 400<<10 {
		t.Errorf("%d bytes are kept by the kernel", unsent)
	}
}

// An error names a few of the fields that are wrong: the answer is not many times as
// large as the request.
func TestAbuseErrorsAreShort(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "errors")
	for _, g := range hugeRequests() {
		var headers []string
		if g.header[0] != "" {
			headers = g.header[:]
		}
		answer := must(t, g.status)(p.Call(t.Context(), g.method, g.path, g.body, headers...))
		if len(answer.Body) > 4096 {
			t.Errorf("%s %s with %d bytes is answered with %d", g.method, g.path, len(g.body), len(answer.Body))
		}
	}
}

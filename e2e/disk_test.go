package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// backTimeout is how long the program may take to find out that its disk takes
// writes again.
const backTimeout = 30 * time.Second

// The disk is full in the middle of writes: they are refused and say so, what
// was answered is there and readable, streams stay open, and when the disk takes
// writes again so does the program, without a restart.
func TestDiskThatIsFull(t *testing.T) {
	t.Parallel()
	disk := &smallDisk{T: t, dir: t.TempDir(), values: &struct{ tried, answered int }{}}
	disk.program = startBy(t, []string{
		"unshare", "--map-root-user", "--mount", "bash", "-c",
		`mount -t tmpfs -o size=32m none "$1" && shift && exec "$@"`, "bash", disk.dir,
	}, "--data", disk.dir)
	disk.writer = join(t, disk.program.url, "disk")
	stream, err := disk.writer.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for range 2 {
		disk.write(10)
		disk.fill()
		disk.wantRefusal(disk.writeUntilRefused())
		disk.wantLast()
		disk.clear()
		disk.writeUntilAnswered()
		disk.wantLast()
	}
	var replica peer.Replica
	must(t, 201)(disk.writer.Put(t.Context(), "last", "true"))
	for replica.Entries["last"] == "" {
		event, err := stream.Next()
		if err == nil {
			err = replica.Apply(event)
		}
		if err != nil {
			t.Fatalf("the stream that was open all along: %v", err)
		}
	}
	if replica.Snapshots != 1 {
		t.Errorf("%d snapshots", replica.Snapshots)
	}
}

// smallDisk is a folder of the program's own, on a disk that can be filled.
type smallDisk struct {
	*testing.T
	dir     string
	program *program
	writer  *peer.Peer
	// values are numbers that only rise.
	values *struct{ tried, answered int }
}

func (d *smallDisk) put() peer.Answer {
	d.Helper()
	d.values.tried++
	value := fmt.Sprintf(`{"n":%d,"filler":%q}`, d.values.tried, strings.Repeat("x", 900))
	answer, err := d.writer.Put(d.Context(), "k", value)
	if err != nil {
		d.Fatal(err)
	}
	if answer.Status < 300 {
		d.values.answered = d.values.tried
	}
	return answer
}

func (d *smallDisk) write(times int) {
	d.Helper()
	for range times {
		if answer := d.put(); answer.Status >= 300 {
			d.Fatalf("status %d: %s", answer.Status, answer.Body)
		}
	}
}

// inside is a path as the program sees it.
func (d *smallDisk) inside(name string) string {
	return filepath.Join("/proc", strconv.Itoa(d.program.cmd.Process.Pid), "root", d.dir, name)
}

func (d *smallDisk) fill() {
	d.Helper()
	file, err := os.Create(d.inside("filler"))
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := file.Write(block); err != nil {
			block = block[:len(block)/2] // the last bytes too
		}
	}
}

func (d *smallDisk) clear() {
	d.Helper()
	if err := os.Remove(d.inside("filler")); err != nil {
		d.Fatal(err)
	}
}

func (d *smallDisk) writeUntilRefused() peer.Answer {
	d.Helper()
	for end := time.Now().Add(backTimeout); time.Now().Before(end); {
		if answer := d.put(); answer.Status >= 300 {
			return answer
		}
	}
	d.Fatalf("writes are answered though the disk takes none")
	return peer.Answer{}
}

func (d *smallDisk) wantRefusal(answer peer.Answer) {
	d.Helper()
	if answer.Status != http.StatusServiceUnavailable || answer.Field("code") != `"unavailable"` || answer.Header.Get("Retry-After") == "" {
		d.Errorf("the refusal is %d, Retry-After %q: %s", answer.Status, answer.Header.Get("Retry-After"), answer.Body)
	}
}

func (d *smallDisk) writeUntilAnswered() {
	d.Helper()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for end := time.Now().Add(backTimeout); time.Now().Before(end); <-pause.C {
		answer := d.put()
		if answer.Status < 300 {
			return
		}
		d.wantRefusal(answer)
	}
	d.Fatalf("no write is answered %v after the disk takes them again", backTimeout)
}

// wantLast wants the newest answered value, or a later one of unknown outcome.
func (d *smallDisk) wantLast() {
	d.Helper()
	entry := must(d.T, 200)(d.writer.Call(d.Context(), "GET", "/store/k", ""))
	var n int
	if _, err := fmt.Sscanf(entry.Field("value"), `{"n":%d`, &n); err != nil || n < d.values.answered || n > d.values.tried {
		d.Errorf("the value is %d, %d was answered and %d tried", n, d.values.answered, d.values.tried)
	}
}

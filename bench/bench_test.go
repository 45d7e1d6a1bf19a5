//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"session-store/bench/child"
	"session-store/bench/journals"
	"session-store/bench/load"
)

// TestMain makes the test binary its own children, as main does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		if err := serve(context.Background(), os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if program, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

var built = sync.OnceValues(func() (string, error) {
	r := &rig{}
	err := r.build(context.Background())
	return r.product, err
})

// tiny is enough for each path to run once, on a product that is built by the
// first test that comes.
func tiny(t *testing.T) options {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return options{rounds: 1, date: "2026-01-31", product: program, size: size{
		Crowd: 20, CrowdWrites: 5, Rooms: 3, RoomReaders: 4, RoomWrites: 9,
		Idle: 20, Settle: 10 * time.Millisecond, Pressure: 4, PressureWrites: 24, Writers: 4, Writes: 40,
		Large: 20, Small: 5, LatencyFor: 100 * time.Millisecond,
		LargePace: 20 * time.Millisecond, SmallPace: 5 * time.Millisecond, Opens: 20,
		Journals: journals.Size{Writes: 20, Many: 64, Writers: 8, AtRest: 20, Opened: 5},
	}}
}

func TestRunOnceInTiny(t *testing.T) {
	o := tiny(t)
	o.out = filepath.Join(t.TempDir(), "results", "tiny.json")
	var table bytes.Buffer
	if err := run(t.Context(), o, &table, t.Output()); err != nil {
		t.Fatalf("run: %v\n%s", err, table.String())
	}
	text, err := os.ReadFile(o.out)
	if err != nil {
		t.Fatal(err)
	}
	var file result
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	found := map[string]outcome{}
	for _, o := range file.Figures {
		found[o.Key] = o
	}
	for _, f := range figures() {
		o, measured := found[f.Key]
		s, ofProduct := o.Servers[product]
		if !measured || !ofProduct || len(s.Values) != 1 {
			t.Errorf("%s: not measured: %+v", f.Key, o)
			continue
		}
		// Twenty streams are lost in what a heap does; and nothing skipped is right.
		if !strings.HasSuffix(f.Key, "memory") && f.Key != "pressure_skipped" && s.Median <= 0 {
			t.Errorf("%s is %v", f.Key, s.Median)
		}
		if (o.Ratio != nil) != (f.Of != "") || (o.Reached == nil) != f.Free {
			t.Errorf("%s: ratio %v, reached %v", f.Key, o.Ratio, o.Reached)
		}
		if !strings.Contains(table.String(), f.Title) {
			t.Errorf("the table does not show %q", f.Title)
		}
	}
	if t.Failed() {
		t.Log(table.String())
	}
	noChildren(t)
}

func TestEachServerDeliversWhatIsWritten(t *testing.T) {
	rig, err := newRig(t.Context(), tiny(t), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer rig.close()
	for _, server := range []string{theFloor, theUsual, product} {
		t.Run(server, func(t *testing.T) {
			s, err := rig.stage(t.Context(), server)
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			const readers = 20
			for _, room := range []string{"one", "two"} {
				var events []string
				crowd := load.NewCrowd(s.loop, false)
				crowd.Seen = func(event []byte) { events = append(events, string(event)) }
				token, err := s.crowdIn(t.Context(), crowd, room, readers)
				if err != nil {
					t.Fatal(err)
				}
				writer, err := s.writer()
				if err != nil {
					t.Fatal(err)
				}
				if err := writer.Write(t.Context(), s.dialect.Put(room, theKey, token).Numbered(1234567)); err != nil {
					t.Fatal(err)
				}
				if err := s.delivered(t.Context(), crowd, readers); err != nil {
					t.Fatal(err)
				}
				if crowd.Skipped() != 0 || len(events) != readers {
					t.Errorf("%d readers, %d events, %d skipped", readers, len(events), crowd.Skipped())
				}
				for _, event := range events {
					if server == theFloor && len(event)+len("\n\n") != rig.frameBytes {
						t.Fatalf("%d bytes, the product's event has %d", len(event), rig.frameBytes)
					}
					if server != theFloor && !strings.Contains(event, `"0001234567vv`) {
						t.Fatalf("not what was written: %s", event)
					}
				}
			}
		})
	}
}

func TestCancelEndsTheChildren(t *testing.T) {
	o := tiny(t)
	o.size.Writes, o.only = 1_000_000_000, "write"
	// In the middle of the writes, however slow the machine is: they take hours.
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := run(ctx, o, io.Discard, io.Discard); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("run: %v", err)
	}
	noChildren(t)
}

func TestAServerThatEndsIsAnError(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	running, err := child.Start(t.Context(), child.Spec{Path: "/bin/sh", Args: []string{"-c", "echo no memory >&2"}})
	if err == nil || !strings.Contains(err.Error(), "no memory") {
		t.Errorf("start: %v, %v", running, err)
	}
	if _, err := child.Start(t.Context(), child.Spec{Path: self + ".missing"}); err == nil {
		t.Error("a missing program starts")
	}
	noChildren(t)
}

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"one", []float64{2}, "2.00 (2.00 to 2.00)"},
		{"odd", []float64{3, 1, 2}, "2.00 (1.00 to 3.00)"},
		{"even", []float64{4, 1, 2, 3}, "2.50 (1.00 to 4.00)"},
		{"a round without", ratios([]float64{1, 6}, []float64{0, 2}), "3.00 (3.00 to 3.00)"},
	} {
		if got := text(*spreadOf(test.values)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if spreadOf(nil) != nil {
		t.Error("the spread of nothing")
	}
	if got := p99([]time.Duration{3 * time.Millisecond, time.Millisecond}); got != 3 {
		t.Errorf("p99 of two: %v", got)
	}
}

// noChildren fails if a child is still there, running or not waited for.
func noChildren(t *testing.T) {
	t.Helper()
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}

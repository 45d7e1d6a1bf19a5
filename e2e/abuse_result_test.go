package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// abuseResultFile is the variable that names the file for the figures.
const abuseResultFile = "ABUSE_RESULT"

// abuseResult is what was measured, and where.
type abuseResult struct {
	Date    string        `json:"date"`
	Go      string        `json:"go"`
	CPUs    int           `json:"cpus"`
	Times   int           `json:"times"`
	Attacks []abuseFigure `json:"attacks"`
}

// abuseFigure is one attack: what its neighbour felt, and what the server used.
type abuseFigure struct {
	Attack    string `json:"attack"`
	Says      string `json:"says"`
	Size      int    `json:"size"`
	Neighbour struct {
		Before felt `json:"before"`
		During felt `json:"during"`
		After  felt `json:"after"`
	} `json:"neighbour"`
	Usage struct {
		Before usage `json:"before"`
		During usage `json:"during"`
		After  usage `json:"after"`
	} `json:"usage"`
}

func newAbuseResult(times int) *abuseResult {
	return &abuseResult{Date: time.Now().UTC().Format(time.DateOnly), Go: runtime.Version(), CPUs: runtime.NumCPU(), Times: times}
}

func (r *abuseResult) add(figure abuseFigure) { r.Attacks = append(r.Attacks, figure) }

// report shows the table, and writes the file if one is named and nothing has failed.
func (r *abuseResult) report(t *testing.T) {
	t.Logf("%d × the size of CI\n%s", r.Times, r.table())
	path := os.Getenv(abuseResultFile)
	if path == "" || t.Failed() {
		return
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table is the result as SECURITY.md has it.
func (r *abuseResult) table() string {
	rows := []string{
		"| attack | p50 and p99 before | during | of a new connection | after | memory before, during, after |",
		"|---|---|---|---|---|---|",
	}
	for _, figure := range r.Attacks {
		rows = append(rows, figure.line())
	}
	return strings.Join(rows, "\n")
}

func (f abuseFigure) line() string {
	n, u := f.Neighbour, f.Usage
	return fmt.Sprintf("| %s: %s | %s | %s | %.0f ms | %s | %.0f, %.0f, %.0f MB |", f.Attack, fmt.Sprintf(f.Says, f.Size),
		n.Before, n.During, n.During.NewcomerP99, n.After, u.Before.ResidentMB, u.During.ResidentMB, u.After.ResidentMB)
}

// brief is the result as README.md has it.
func (r *abuseResult) brief() string {
	rows := []string{
		"| attack | p99 of a write before, during, after | of a new connection | memory before, during, after |",
		"|---|---|---|---|",
	}
	for _, figure := range r.Attacks {
		n, u := figure.Neighbour, figure.Usage
		rows = append(rows, fmt.Sprintf("| %s | %.1f, %.1f, %.1f ms | %.0f ms | %.0f, %.0f, %.0f MB |", figure.Attack,
			n.Before.P99, n.During.P99, n.After.P99, n.During.NewcomerP99, u.Before.ResidentMB, u.During.ResidentMB, u.After.ResidentMB))
	}
	return strings.Join(rows, "\n")
}

func (f felt) String() string { return fmt.Sprintf("%.1f, %.1f ms", f.P50, f.P99) }

// The documents quote the newest figures, row by row.
func TestDocumentsQuoteTheNewestFigures(t *testing.T) {
	files, err := filepath.Glob("../bench/abuse/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no figures: %v", err)
	}
	text, err := os.ReadFile(files[len(files)-1]) // their names are dates
	if err != nil {
		t.Fatal(err)
	}
	var newest abuseResult
	if err := json.Unmarshal(text, &newest); err != nil {
		t.Fatal(err)
	}
	for path, table := range map[string]string{"../SECURITY.md": newest.table(), "../README.md": newest.brief()} {
		document, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(document), table) {
			t.Errorf("%s lacks\n%s", path, table)
		}
	}
	measured := map[string]bool{}
	for _, figure := range newest.Attacks {
		measured[figure.Attack] = true
	}
	for _, a := range attacks() {
		if !measured[a.name] {
			t.Errorf("%s has no figures: run TestAbuse with %s", a.name, abuseResultFile)
		}
	}
	if newest.Times < 2 {
		t.Errorf("the newest figures are of a short run: %d × the size of CI", newest.Times)
	}
}

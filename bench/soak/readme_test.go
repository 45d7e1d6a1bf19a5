//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The README quotes the newest soak, row by row, and it was one of half an hour.
func TestReadmeQuotesTheNewestSoak(t *testing.T) {
	files, err := filepath.Glob("../results/soak-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no result: %v", err)
	}
	text, err := os.ReadFile(files[len(files)-1]) // their names are dates
	if err != nil {
		t.Fatal(err)
	}
	var newest result
	if err := json.Unmarshal(text, &newest); err != nil {
		t.Fatal(err)
	}
	if newest.Seconds < (30 * time.Minute).Seconds() {
		t.Errorf("the newest soak is of %v s", newest.Seconds)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, site := range newest.Sites {
		if row := site.row(); !strings.Contains(string(readme), row) {
			t.Errorf("the README lacks\n%s", row)
		}
	}
}

// row is the site as the README has it.
func (r report) row() string {
	before, after := 0.0, 0.0
	for _, node := range r.Nodes {
		before, after = before+node.Before.HeapKiB, after+node.After.HeapKiB
	}
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %.1f → %.1f MiB |",
		r.Journal, r.Lives, r.Writes, r.Events, r.Cuts, r.Checks, r.Broken, before/1024, after/1024)
}

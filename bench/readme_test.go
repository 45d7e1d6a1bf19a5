//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The README quotes the newest results, row by row; a missing one is printed as it
// must stand. What is kept is measured apart, on all CPUs: it has files of its own.
func TestReadmeQuotesTheNewestResult(t *testing.T) {
	for name, files := range map[string]string{"fan-out": "results/2*.json", "what is kept": "results/journals-*.json"} {
		t.Run(name, func(t *testing.T) { quotes(t, files) })
	}
}

func quotes(t *testing.T, pattern string) {
	files, err := filepath.Glob(pattern)
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
	if newest.Size.Idle < 9000 {
		t.Error("the newest result is of a short run")
	}
	for _, failure := range newest.Failures {
		if strings.Contains(failure, ", "+product+":") {
			t.Errorf("the newest result is not one to quote: %s", failure)
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range newest.Figures {
		if o.Reached == nil {
			continue
		}
		if row := o.row(); !strings.Contains(string(readme), row) {
			t.Errorf("the README lacks\n%s", row)
		}
	}
}

// row is the figure as the README has it.
func (o outcome) row() string {
	value := fmt.Sprintf("%.2f %s", o.Servers[product].Median, o.Unit)
	if o.Ratio != nil {
		value = fmt.Sprintf("%.2f (%.2f to %.2f) × the %s", o.Ratio.Median, o.Ratio.Min, o.Ratio.Max, o.Of)
	}
	reached := "reached"
	if !*o.Reached {
		reached = "**not reached**"
	}
	return fmt.Sprintf("| %s | at most %v | %s | %s |", o.Title, o.Goal, strings.TrimSpace(value), reached)
}

package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows are the imports that the picture in ARCHITECTURE.md allows. Tests, and
// what only they use, may import what they like.
var arrows = map[string][]string{
	"":                    {"room", "routes", "auth", "journal", "journal/jetstream", "journal/memory", "model", "sse", "trace", "trace/otlp", "version"},
	"routes":              {"room", "auth", "model", "sse", "docs", "openapi", "demo", "trace", "version"},
	"room":                {"journal", "sse", "model", "trace"},
	"trace":               {},
	"trace/otlp":          {"trace", "version"},
	"version":             {},
	"journal":             {"model"},
	"journal/memory":      {"journal", "model"},
	"journal/jetstream":   {"journal", "model"},
	"auth":                {"model"},
	"model":               {},
	"sse":                 {},
	"docs":                {},
	"demo":                {},
	"openapi":             {},
	"openapi/derive":      {},
	"e2e/loopback":        {},
	"e2e/peer":            {},
	"bench/soak":          {"bench/child", "e2e/peer"},
	"bench":               {"bench/child", "bench/floor", "bench/journals", "bench/load", "bench/usual"},
	"bench/child":         {},
	"bench/floor":         {},
	"bench/load":          {"bench/floor"},
	"bench/journals":      {"auth", "e2e/loopback", "journal", "journal/jetstream", "journal/memory", "model", "room", "sse"},
	"bench/usual":         {},
	"journal/journaltest": {"journal", "model"},
}

func TestImportsGoDown(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		folder := inProject(p.ImportPath)
		allowed, known := arrows[folder]
		if !known && folder != "e2e" {
			t.Errorf("the folder %q is not in the picture", folder)
		}
		for _, path := range p.Imports {
			if strings.HasPrefix(path, "session-store") && !slices.Contains(allowed, inProject(path)) {
				t.Errorf("%q imports %q, which is not in the picture", folder, inProject(path))
			}
		}
	}
}

// inProject is the folder of a package of the project.
func inProject(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "session-store"), "/")
}

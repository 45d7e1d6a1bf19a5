//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"session-store/bench/journals"
)

const (
	theJournals = "journals"
	theRaw      = "raw"
)

// measureJournals is a child of its own, so that it has all CPUs: its NATS servers
// and its writers are one process.
func measureJournals(ctx context.Context, text string) error {
	var size journals.Size
	if err := json.Unmarshal([]byte(text), &size); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "session-store-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	figures, err := journals.Measure(ctx, dir, size)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(figures)
}

// journalsOf lets the child measure, and gives what it says.
func journalsOf(ctx context.Context, r *rig) (figures journals.Figures, err error) {
	size, err := json.Marshal(r.size.Journals)
	if err != nil {
		return figures, err
	}
	var said, complaints bytes.Buffer
	child := exec.CommandContext(ctx, r.self, serveCommand, theJournals, string(size))
	child.Stdout, child.Stderr = &said, &complaints
	if err := r.pins.OnAllCPUs(child.Start); err != nil {
		return figures, err
	}
	if err := child.Wait(); err != nil {
		return figures, fmt.Errorf("%w: %s", err, complaints.String())
	}
	return figures, json.Unmarshal(said.Bytes(), &figures)
}

//go:build linux

package main

import (
	"path/filepath"
	"testing"
	"time"
)

// A few seconds of it: every act, every journal, both drains.
func TestSoakForSeconds(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "soak.json")
	err := run(t.Context(), options{length: 4 * time.Second, settle: 3 * time.Second, actors: 60, pause: 300 * time.Millisecond, out: file})
	if err != nil {
		t.Fatal(err)
	}
}

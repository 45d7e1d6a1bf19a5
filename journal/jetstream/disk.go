package jetstream

import (
	"fmt"
	"os"
	"path/filepath"
)

// reserve is how many bytes of the disk are left alone: appends are refused before
// a write fails in the middle, and the server can still put away what it has. A
// small disk keeps a twentieth.
const reserve = 16 << 20

// probeBytes is what is written to see whether the disk takes anything: more than a
// record, so that the server does not fail at the first one.
const probeBytes = 256 << 10

// space says why no appends should be tried, or nil.
func space(dir string) error {
	free, total, readOnly, err := usage(dir)
	switch {
	case err != nil:
		return fmt.Errorf("the disk of the journal in %s: %w", dir, err)
	case readOnly:
		return fmt.Errorf("the disk of the journal in %s is read-only", dir)
	case free < min(reserve, total/20):
		return fmt.Errorf("the disk of the journal in %s is full: %d KiB are free", dir, free>>10)
	}
	return nil
}

// probe writes a file and removes it again.
func probe(dir string) (err error) {
	if err := space(dir); err != nil {
		return err
	}
	path := filepath.Join(dir, "probe")
	defer func() {
		if removed := os.Remove(path); err == nil && !os.IsNotExist(removed) {
			err = removed
		}
	}()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_SYNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(make([]byte, probeBytes)); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

package jetstream_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/journal/journaltest"
)

func embed(t testing.TB, dir string) journal.Journal {
	t.Helper()
	j, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(t *testing.T) journal.Journal { return embed(t, t.TempDir()) })
}

func TestEmbeddedThatSyncs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: dir, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	log := open(t, j, "a")
	last := log.append(log.append(0, begins()), written(1))
	_ = j.Close()
	wantNumbers(t, open(t, embed(t, dir), "a"), []uint64{last - 1, last})
}

// What was confirmed is there again, the numbers go on, and an end is still one.
func TestReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := embed(t, dir)
	a, b, c := open(t, j, "a"), open(t, j, "b"), open(t, j, "c")
	numbers := []uint64{a.append(0, begins())}
	for i := range uint64(300) {
		numbers = append(numbers, a.append(numbers[i], written(i+1)))
	}
	snapshot, err := b.Compact(t.Context(), b.append(b.append(0, begins()), written(1)), begins())
	if err != nil {
		t.Fatal(err)
	}
	end := c.append(c.append(0, begins()), ended())
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		j = embed(t, dir)
		wantNumbers(t, open(t, j, "a"), numbers)
		wantNumbers(t, open(t, j, "b"), []uint64{snapshot})
		wantNumbers(t, open(t, j, "c"), []uint64{end})
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j = embed(t, dir)
	if seq := open(t, j, "c").append(end, begins()); seq <= end || seq <= numbers[300] {
		t.Errorf("the number %d was there before", seq)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := embed(t, dir)
	if second, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: dir}); err == nil {
		_ = second.Close()
		t.Fatal("two have the folder")
	} else if !strings.Contains(err.Error(), dir+" is in use") {
		t.Errorf("it says %q", err)
	}
	open(t, j, "a").append(0, begins())
	_ = j.Close()
	embed(t, dir)
}

// A journal that cannot be read is not taken for an empty one.
func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := embed(t, dir)
	open(t, j, "a").append(0, begins())
	_ = j.Close()
	meta := filepath.Join(dir, "jetstream", "$G", "streams", "SESSION_STORE", "meta.inf")
	if err := os.WriteFile(meta, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if j, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: dir}); err == nil {
		_ = j.Close()
		t.Fatal("it opens")
	} else if !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("it says %q", err)
	}
}

func TestFolderThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if j, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: file}); err == nil {
		_ = j.Close()
		t.Error("a file is taken for a folder")
	}
	if j, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: t.TempDir(), MaxRecord: 64 << 20}); err == nil {
		_ = j.Close()
		t.Error("records of 64 MiB are promised")
	}
}

package jetstream_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"session-store/journal"
	"session-store/model"
)

// The tests of a disk that fails run in a namespace where they may mount one.
const diskEnv = "SESSION_STORE_TEST_DISK"

func onDisk(t *testing.T, test func(t *testing.T, dir string)) {
	t.Helper()
	if os.Getenv(diskEnv) == "" {
		t.Parallel()
		self := exec.CommandContext(t.Context(), "unshare", "--map-root-user", "--mount",
			os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		self.Env = append(os.Environ(), diskEnv+"=yes")
		if output, err := self.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
			t.Fatalf("%v (it needs unshare, of util-linux)\n%s", err, output)
		}
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	test(t, dir)
}

// fill writes a file that leaves no byte free.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; {
		n, err := file.Write(make([]byte, size))
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		if n < size {
			size /= 2
		}
	}
}

// refused waits until an append is refused, and gives what was confirmed before.
func refused(t *testing.T, log *spectator, last uint64, numbers []uint64) ([]uint64, error) {
	t.Helper()
	for revision := uint64(len(numbers)); ; revision++ {
		seq, err := log.Append(t.Context(), last, []*model.Change{written(revision)})
		if err != nil {
			return numbers, err
		}
		last, numbers = seq, append(numbers, seq)
	}
}

// The disk is full from one moment to the next: the server fails in the middle of a
// write. It is started anew when there is room, and the log that was open goes on.
func TestDiskIsSuddenlyFull(t *testing.T) {
	onDisk(t, func(t *testing.T, dir string) {
		ballast := filepath.Join(dir, "ballast")
		j := embed(t, filepath.Join(dir, "data"))
		log, other := open(t, j, "a"), open(t, j, "b")
		numbers := []uint64{log.append(0, begins())}
		otherLast := other.append(0, begins())
		for range 3 {
			fill(t, ballast)
			var err error
			numbers, err = refused(t, log, numbers[len(numbers)-1], numbers)
			if errors.Is(err, journal.ErrBehind) || !strings.Contains(err.Error(), "full") && !strings.Contains(err.Error(), "no space left") {
				t.Errorf("the append fails with %q", err)
			}
			if err := j.Ready(); err == nil {
				t.Error("the journal says that it is ready")
			}
			begin := time.Now()
			if _, err := other.Append(t.Context(), otherLast, []*model.Change{written(1)}); err == nil {
				t.Error("another room can be written")
			} else if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("the second append fails after %v", took)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the journal is ready again", func() bool { return j.Ready() == nil })
			numbers = goesOn(t, log, numbers)
			otherLast = other.append(otherLast, written(1))
		}
		_ = j.Close()
		wantNumbers(t, open(t, embed(t, filepath.Join(dir, "data")), "a"), numbers)
	})
}

// goesOn looks for what was confirmed, and appends behind it.
func goesOn(t *testing.T, log *spectator, numbers []uint64) []uint64 {
	t.Helper()
	wantNumbers(t, log, numbers)
	now := log.numbers() // the one that failed may be there
	return append(now, log.append(now[len(now)-1], written(uint64(len(now)))))
}

// The disk fills slowly: appends are refused before a write fails. What is there can
// still be read.
func TestDiskFills(t *testing.T) {
	onDisk(t, func(t *testing.T, dir string) {
		ballast := filepath.Join(dir, "ballast")
		j := embed(t, filepath.Join(dir, "data"))
		log := open(t, j, "a")
		first := log.append(0, begins())
		fill(t, ballast)
		if err := os.Truncate(ballast, 23<<20); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the journal says that the disk is full", func() bool { return j.Ready() != nil })
		if _, err := log.Append(t.Context(), first, []*model.Change{written(1)}); err == nil || !strings.Contains(err.Error(), "is full") {
			t.Errorf("the append fails with %v", err)
		}
		wantNumbers(t, open(t, j, "a"), []uint64{first})
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the journal is ready again", func() bool { return j.Ready() == nil })
		log.append(first, written(1))
	})
}

// The disk is read-only all at once, as a broken one is, and is writable again.
func TestDiskIsReadOnly(t *testing.T) {
	onDisk(t, func(t *testing.T, dir string) {
		data := filepath.Join(dir, "data")
		j := embed(t, data)
		log := open(t, j, "a")
		first := log.append(0, begins())
		if err := syscall.Mount(data, data, "", syscall.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("", data, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the journal says that the disk is read-only", func() bool { return j.Ready() != nil })
		if _, err := log.Append(t.Context(), first, []*model.Change{written(1)}); err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("the append fails with %v", err)
		}
		if err := syscall.Unmount(data, 0); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the journal is ready again", func() bool { return j.Ready() == nil })
		log.append(first, written(1))
	})
}

// A write that fails for another reason: here the files may grow no more.
func TestDiskFails(t *testing.T) {
	onDisk(t, func(t *testing.T, dir string) {
		j := embed(t, dir)
		log := open(t, j, "a")
		numbers := []uint64{log.append(0, begins())}
		var was syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		bound := syscall.Rlimit{Cur: 64 << 10, Max: was.Max}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &bound); err != nil {
			t.Fatal(err)
		}
		numbers, err := refused(t, log, numbers[0], numbers)
		if !strings.Contains(err.Error(), "file too large") {
			t.Errorf("the append fails with %q", err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the journal is ready again", func() bool { return j.Ready() == nil })
		goesOn(t, log, numbers)
	})
}

// Readers of a server that has failed are given nothing that is not on its disk.
func TestDiskFailsUnderReaders(t *testing.T) {
	onDisk(t, func(t *testing.T, dir string) {
		j := embed(t, filepath.Join(dir, "data"))
		log := open(t, j, "a")
		numbers := []uint64{log.append(0, begins())}
		stop := make(chan struct{})
		var group sync.WaitGroup
		newest := make([]uint64, 2)
		for i := range newest {
			reader := open(t, j, "a")
			group.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					list, err := reader.Read(t.Context(), 0)
					if err == nil {
						newest[i] = list[len(list)-1].Seq
					}
				}
			})
		}
		fill(t, filepath.Join(dir, "ballast"))
		numbers, _ = refused(t, log, numbers[0], numbers)
		close(stop)
		group.Wait()
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the journal is ready again", func() bool { return j.Ready() == nil })
		now := log.numbers()
		for _, seq := range newest {
			if seq > now[len(now)-1] {
				t.Errorf("a reader was given record %d, and the newest is %d", seq, now[len(now)-1])
			}
		}
		wantNumbers(t, log, numbers)
	})
}

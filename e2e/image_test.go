package e2e_test

import (
	"debug/elf"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"session-store/e2e/peer"
)

// The Dockerfile's own commands build a static program from what .dockerignore lets
// through, and it runs with nothing around it: as nobody, in a root in which nothing
// can be written but /data, with the health check of the image. There is no Docker in
// this: what its layers and its network do is not tested.
func TestImage(t *testing.T) {
	t.Parallel()
	if inside() == "" {
		runInside(t, "container", 2*insideTimeout) // it builds everything from nothing
		return
	}
	file := readDockerfile(t)
	built := file.build(t)
	wantStatic(t, built)
	root := file.root(t, built)

	container := func(args ...string) *exec.Cmd {
		// The user of the image is nobody outside, and owns what this test has made.
		uid, gid, _ := strings.Cut(file.one(t, "USER"), ":")
		cmd := exec.Command("unshare", append([]string{"--map-user=" + uid, "--map-group=" + gid, "--root=" + root, "--wd=/"}, args...)...)
		cmd.Env = file.all("ENV")
		return cmd
	}
	entry := file.list(t, file.one(t, "ENTRYPOINT"))
	healthy := file.list(t, file.one(t, "HEALTHCHECK"))
	if output, err := container(healthy...).CombinedOutput(); err == nil || strings.Count(string(output), "\n") != 1 {
		t.Errorf("before the start, the health check says %v, %s", err, output)
	}
	if output, err := container(append(slices.Clone(entry), "--version")...).Output(); err != nil || !strings.HasPrefix(string(output), "session-store v1.2.3 (") {
		t.Errorf("its version is %q, %v", output, err)
	}
	var p *peer.Peer
	for life := range 2 {
		d := run(t, "util-linux", container(append(slices.Clone(entry), "--data", "/data")...))
		d.await(t, `is ready" url=(http://\[::\]:8080)`)
		if output, err := container(healthy...).CombinedOutput(); err != nil || string(output) != "ready\n" {
			t.Errorf("the health check says %v, %s", err, output)
		}
		if life == 0 {
			p = join(t, "http://127.0.0.1:8080", "r")
			must(t, 201)(p.Put(t.Context(), "k", "1"))
		} else {
			must(t, 200)(p.Call(t.Context(), "GET", "/store/k", ""))
		}
		d.end(t)
	}
}

// dockerfile is the instructions of a Dockerfile, each as its words.
type dockerfile [][2]string

func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	content, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var file dockerfile
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		file = append(file, [2]string{name, rest})
	}
	return file
}

// all is what follows the instruction, each time that it is there.
func (f dockerfile) all(instruction string) (all []string) {
	for _, line := range f {
		if line[0] == instruction {
			all = append(all, line[1])
		}
	}
	return all
}

func (f dockerfile) one(t *testing.T, instruction string) string {
	t.Helper()
	all := f.all(instruction)
	if len(all) != 1 {
		t.Fatalf("the Dockerfile has %d lines of %s, want 1", len(all), instruction)
	}
	return all[0]
}

// list is the JSON list at the end of an instruction.
func (f dockerfile) list(t *testing.T, text string) (words []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text[strings.Index(text, "["):]), &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// build runs the commands of the first stage in a copy of the project, and gives
// the folder that stands for /out.
func (f dockerfile) build(t *testing.T) string {
	t.Helper()
	source, out := t.TempDir(), t.TempDir()
	copyContext(t, source)
	for _, script := range f.all("RUN") {
		if script == "go mod download" {
			continue // they are there already, and in this namespace there is no network
		}
		// It compiles everything, while other tests wait for answers.
		shell := exec.CommandContext(t.Context(), "nice", "sh", "-euc", strings.ReplaceAll(script, "/out", out))
		shell.Dir, shell.Env = source, append(os.Environ(), "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH, "VERSION=v1.2.3") // as BuildKit does
		if output, err := shell.CombinedOutput(); err != nil {
			t.Fatalf("RUN %s: %v\n%s", script, err, output)
		}
	}
	return out
}

// copyContext copies what .dockerignore lets through. Of its patterns this knows
// those that are used: a path, *.md at the top, and **/NAME.
func copyContext(t *testing.T, to string) {
	t.Helper()
	content, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	patterns := strings.Fields(strings.ReplaceAll(string(content), "# What the program is not built from.", ""))
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, "../")
		if err != nil || path == ".." {
			return err
		}
		for _, pattern := range patterns {
			match, err := filepath.Match(pattern, name)
			anywhere, deep := strings.CutPrefix(pattern, "**/")
			switch ignored := match || deep && entry.Name() == anywhere; {
			case err != nil:
				return err
			case ignored && entry.IsDir():
				return fs.SkipDir
			case ignored:
				return nil
			}
		}
		target := filepath.Join(to, name)
		if entry.IsDir() {
			return os.Mkdir(target, 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantStatic wants a program that no other file is loaded for.
func wantStatic(t *testing.T, out string) {
	t.Helper()
	program, err := elf.Open(filepath.Join(out, "session-store"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Close() }()
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is not static: it has a %s", part.Type)
		}
	}
	if libraries, err := program.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("the program needs %v (%v)", libraries, err)
	}
}

// root makes what the COPY lines of the last stage make of an empty image.
func (f dockerfile) root(t *testing.T, out string) string {
	t.Helper()
	root := t.TempDir()
	for _, line := range f.all("COPY") {
		words := strings.Fields(line)
		if !strings.HasPrefix(words[0], "--from=build") {
			continue
		}
		from, to := words[len(words)-2], filepath.Join(root, words[len(words)-1])
		if made, ok := strings.CutPrefix(from, "/out"); ok {
			from = out + made
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		command(t, "cp", "-r", from, to)
	}
	if froms := f.all("FROM"); froms[len(froms)-1] != "scratch" {
		t.Errorf("the image is FROM %s, want scratch", froms[len(froms)-1])
	}
	// Nothing else may be written, as with docker run --read-only.
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(root, 0o755) }) // for whoever removes it
	return root
}

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// CONTRIBUTING.md's way from a clone to a changed rule leads there: the line that it shows
// makes the test fail with the words that it says, and the change that it names makes it
// green.
func TestNewcomersPath(t *testing.T) {
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile("(?s)```go\n *(.*?)\n *```").FindSubmatch(text)
	behind := regexp.MustCompile(`behind "([^"]+)"`).FindSubmatch(text)
	says := regexp.MustCompile("says why: `([^`]+)`, `([^`]+)`").FindSubmatch(text)
	rule := regexp.MustCompile("last line of `isRoomByte` gets `([^`]+)`").FindSubmatch(text)
	if line == nil || behind == nil || says == nil || rule == nil {
		t.Fatal("CONTRIBUTING.md does not say what this test knows how to do")
	}
	clone := t.TempDir()
	if err := os.CopyFS(filepath.Join(clone, "model"), os.DirFS("../model")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		command(t, "cp", "../"+file, clone)
	}
	change := func(file, pattern, instead string) {
		t.Helper()
		path := filepath.Join(clone, "model", file)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		place := regexp.MustCompile(pattern)
		if len(place.FindAll(before, -1)) != 1 {
			t.Fatalf("there is not one place in %s for it", file)
		}
		replaceFile(t, path, place.ReplaceAll(before, []byte(instead)))
	}
	try := func() (string, error) {
		test := exec.CommandContext(t.Context(), "go", "test", "./model", "-run", "TestCheckRoom")
		test.Dir = clone
		output, err := test.CombinedOutput()
		return string(output), err
	}
	change("name_test.go", `(?m)^.*"`+string(behind[1])+`".*$`, "$0\n"+string(line[1]))
	output, err := try()
	if err == nil || !strings.Contains(output, string(says[1])) || !strings.Contains(output, string(says[2])) {
		t.Errorf("with the test alone: %v\n%s", err, output)
	}
	change("name.go", `(?s)(func isRoomByte\([^}]*?)\n}`, "$1 "+string(rule[1])+"\n}")
	if output, err := try(); err != nil {
		t.Errorf("with the rule: %v\n%s", err, output)
	}
}

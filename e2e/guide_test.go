package e2e_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var scriptBlock = regexp.MustCompile("(?s)```js\n(.*?)```")

// The client that the guide shows is run: it follows a room through a crash of the
// server.
func TestGuideClientFollowsARoom(t *testing.T) {
	addr, dir := fixedAddr(t), t.TempDir()
	program := start(t, "--addr", addr, "--data", dir)
	writer := join(t, program.url, "guide")
	follower := runScript(t, "../guide/protocol.md", program.url, "guide")
	follower.wantLine("snapshot", "")
	must(t, 201)(writer.Put(t.Context(), "a", `"one"`))
	follower.wantLine("update", `a="one"`)

	program.kill(t)
	start(t, "--addr", addr, "--data", dir)
	must(t, 200)(writer.Call(t.Context(), "PATCH", "/store", `{"set": {"b": 2}, "remove": ["a"]}`, "Content-Type", "application/json"))
	follower.wantLine("update", "b=2")

	must(t, 204)(writer.Call(t.Context(), "DELETE", "/store/b", ""))
	follower.wantLine("update", "")
	must(t, 201)(writer.Put(t.Context(), "__proto__", `"a key like others"`))
	follower.wantLine("update", `__proto__="a key like others"`)
}

// It ends where coming back is pointless: the session is another one.
func TestGuideClientEndsWithItsPeer(t *testing.T) {
	addr := fixedAddr(t)
	program := start(t, "--addr", addr)
	follower := runScript(t, "../guide/protocol.md", program.url, "guide")
	follower.wantLine("snapshot", "")
	program.kill(t)
	start(t, "--addr", addr)
	if line, err := follower.lines.ReadString('\n'); err != io.EOF {
		t.Errorf("it goes on with %q, %v", line, err)
	}
}

// script is a running block of the guide.
type script struct {
	*testing.T
	lines *bufio.Reader
}

func runScript(t *testing.T, page string, args ...string) *script {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	block := scriptBlock.FindSubmatch(text)
	if block == nil {
		t.Fatalf("%s has no block of JavaScript", page)
	}
	file := filepath.Join(t.TempDir(), "follow.mjs")
	if err := os.WriteFile(file, block[1], 0o600); err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", append([]string{file}, args...)...)
	output, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatalf("%v (it needs Node)", err)
	}
	kill := time.AfterFunc(30*time.Second, func() { _ = node.Process.Kill() })
	t.Cleanup(func() {
		kill.Stop()
		_ = node.Process.Kill()
		_ = node.Wait() // it was killed
	})
	return &script{T: t, lines: bufio.NewReader(output)}
}

// wantLine wants the next line to be about such an event, with such values.
func (s *script) wantLine(event, values string) {
	s.Helper()
	line, err := s.lines.ReadString('\n')
	if err != nil {
		s.Fatalf("the client has ended: %v", err)
	}
	if !strings.HasPrefix(line, event+" ") || !strings.HasSuffix(strings.TrimSpace(line), values) {
		s.Errorf("the client says %q, want %s with %s", line, event, values)
	}
}

package e2e_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

var curlBlock = regexp.MustCompile("(?s)```sh\n(TOKEN=.*?)```")

// What the README shows is run: its lines of curl, in one shell, against the
// program.
func TestReadmeCurlLines(t *testing.T) {
	program := start(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	match := curlBlock.FindSubmatch(readme)
	if match == nil {
		t.Fatal("the README has no block of curl lines that begins with TOKEN=")
	}
	script := strings.ReplaceAll(string(match[1]), "http://127.0.0.1:8080", program.url)
	if lines := strings.Count(script, "curl "); lines != 5 {
		t.Errorf("%d lines of curl, want 5", lines)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", script+"\nwait\n")
	// A stream that does not end would keep the shell waiting.
	kill := time.AfterFunc(20*time.Second, func() { _ = shell.Process.Kill() })
	output, err := shell.CombinedOutput()
	kill.Stop()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{
		"event: snapshot\n",
		`{"key":"spotlight","value":"Ann","revision":1,`,
		"event: update\n",
		`"removed":{"spotlight":{"revision":2,"reason":"deleted"}}`,
		"event: end\n", `{"reason":"left"}`,
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("there is no %q in\n%s", want, output)
		}
	}
}

var (
	flagRow  = regexp.MustCompile("(?m)^\\| `--[a-z-]+`[^|]*\\|[^|]*\\|")
	flagName = regexp.MustCompile("--[a-z][a-z-]*")
)

// The README's table of flags names each that the program has, and no other, and its
// default.
func TestReadmeFlags(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	help := helpOf(t)
	documented := map[string]bool{"--help": true}
	for _, row := range flagRow.FindAllString(string(readme), -1) {
		for _, flag := range flagName.FindAllString(row, -1) {
			documented[flag] = true
			value := strings.Trim(strings.Split(row, "|")[2], " `")
			if got := defaultOf(help, flag); got != value {
				t.Errorf("the README says that %s is %q by default; it is %q", flag, value, got)
			}
		}
	}
	has := map[string]bool{}
	for _, flag := range flagName.FindAllString(help, -1) {
		has[flag] = true
		if !documented[flag] {
			t.Errorf("the README does not name %s", flag)
		}
	}
	for flag := range documented {
		if !has[flag] {
			t.Errorf("the README names %s, which the program does not have", flag)
		}
	}
}

// helpOf is what the program says of its flags.
func helpOf(t *testing.T) string {
	t.Helper()
	help, err := exec.CommandContext(t.Context(), binary, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(help)
}

// defaultOf is what the help says, where a word in capitals stands for a value to give.
func defaultOf(help, flag string) string {
	_, rest, _ := strings.Cut(help, " "+flag)
	if rest == "" || rest[0] != '=' {
		return ""
	}
	value := strings.Trim(strings.TrimSuffix(strings.Fields(rest[1:])[0], ",..."), `"`)
	if strings.ContainsAny(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && value == strings.ToUpper(value) && value != "SESSION_STORE" {
		return ""
	}
	return value
}

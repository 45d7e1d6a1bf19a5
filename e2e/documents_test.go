package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are what is written for those who run the program, or call it.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../guide/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, path := range append(paths, "../README.md", "../SECURITY.md", "../compose.yaml", "../deploy/session-store.service") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// ofOthers are the flags of other programs that the documents name.
var ofOthers = strings.Fields(`--cluster --store --routes --name --jetstream --config --build --build-arg --tags --always --map-root-user --adapter`)

// Each flag that a document names is there.
func TestDocumentsNameFlagsThatThereAre(t *testing.T) {
	help := helpOf(t)
	for path, text := range documents(t) {
		for _, flag := range flagName.FindAllString(text, -1) {
			if !slices.Contains(ofOthers, flag) && !regexp.MustCompile(flag+`[=, \n]`).MatchString(help) {
				t.Errorf("%s names %s, which is no flag", path, flag)
			}
		}
	}
}

// block is one of a document, with its language.
var block = regexp.MustCompile("(?sm)^```(\\w*)\n(.*?)^```")

// Each command of a document is run by a test: those with curl but the README's first ones
// (TestReadmeCurlLines) here.
func TestDocumentsCommands(t *testing.T) {
	admin := fixedAddr(t)
	program := start(t, "--admin-addr", admin)
	first, second := join(t, program.url, "standup"), join(t, program.url, "standup")
	run := func(t *testing.T, token, script string) string {
		t.Helper()
		script = strings.NewReplacer("http://127.0.0.1:8080", program.url, "http://127.0.0.1:6060", "http://"+admin).Replace(script)
		shell := exec.CommandContext(t.Context(), "bash", "-eu", "-c", script)
		shell.Env = append(os.Environ(), "TOKEN="+token)
		output, err := shell.Output()
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return string(output)
	}
	elsewhere := map[string]string{
		"go run .":                             "every test starts the program",
		"make test":                            "what runs this",
		"TOKEN=$(curl":                         "TestReadmeCurlLines",
		"event: snapshot":                      "TestReadmeCurlLines wants what it prints",
		"session-store --data /var/lib":        "TestCrash, for one",
		"session-store --nats nats://":         "TestClusterOfThreeNodes, for one",
		"session-store --otlp-endpoint http:/": "TestTracesReachACollector",
	}
	seen := 0
	for path, text := range documents(t) {
		for _, found := range block.FindAllStringSubmatch(text, -1) {
			language, script := found[1], found[2]
			known := language != "" && language != "sh"
			for begin := range elsewhere {
				known = known || strings.HasPrefix(script, begin)
			}
			switch {
			case strings.HasPrefix(script, "curl -X PUT") && strings.Contains(script, "lock.slides"):
				seen++
				if got := run(t, first.Token, script); !strings.Contains(got, `"value":"mine"`) {
					t.Errorf("the first who asks for the lock is told %s", got)
				}
				if got := run(t, second.Token, script); !strings.Contains(got, `"code":"precondition_failed"`) || !strings.Contains(got, `"current":{"key":"lock.slides"`) {
					t.Errorf("the second is told %s", got)
				}
			case strings.HasPrefix(script, "curl 'http://127.0.0.1:6060"):
				seen++
				if got := run(t, "", script); !strings.Contains(got, `"room":"standup"`) || !strings.Contains(got, fmt.Sprintf("%q", first.ID)) {
					t.Errorf("the operator is told %s", got)
				}
			case !known:
				t.Errorf("%s has a command that no test runs: %s", path, script)
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d blocks with curl were run, want 2", seen)
	}
}

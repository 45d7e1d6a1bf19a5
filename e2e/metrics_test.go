package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"session-store/e2e/peer"
)

// promtool runs Prometheus' own checks.
func promtool(t *testing.T, input io.Reader, arguments ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is not installed: run `apt-get install prometheus`")
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	command.Stdin = input
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
}

// What the program says to Prometheus, and what Prometheus and Grafana are given for it,
// passes Prometheus' own checks. That both sides know the same metrics is tested in
// routes.
func TestPromtool(t *testing.T) {
	t.Parallel()
	t.Run("metrics", func(t *testing.T) {
		response, err := http.Get(start(t).url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		promtool(t, response.Body, "check", "metrics")
	})
	t.Run("alerts", func(t *testing.T) {
		promtool(t, nil, "check", "rules", "../deploy/prometheus/alerts.yaml")
		promtool(t, nil, "test", "rules", "../deploy/prometheus/alerts_test.yaml")
	})
	t.Run("queries of the dashboard", func(t *testing.T) {
		promtool(t, nil, "check", "rules", dashboardRules(t))
	})
}

// dashboardRules makes rules of all queries of the dashboard, so that promtool reads
// them.
func dashboardRules(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile("../deploy/grafana/session-store.json")
	if err != nil {
		t.Fatal(err)
	}
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	decoder := json.NewDecoder(bytes.NewReader(file))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if token != "expr" {
			continue
		}
		text, err := decoder.Token()
		if query, ok := text.(string); ok && err == nil {
			query = strings.NewReplacer("$__rate_interval", "5m", "$job", "j", "$instance", "i").Replace(query)
			rules = append(rules, rule{"query:" + strings.Repeat("x", len(rules)+1), query})
		}
	}
	if len(rules) < 30 {
		t.Errorf("there are only %d queries", len(rules))
	}
	// JSON is YAML too.
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The list of rooms is at the address that is not for the public, and only there.
func TestAdminListsRooms(t *testing.T) {
	t.Parallel()
	addr := fixedAddr(t)
	p := start(t, "--admin-addr", addr)
	if _, err := peer.Join(t.Context(), p.url, "standup"); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"http://" + addr + "/rooms":         `200 {"rooms":[{"room":"standup",`,
		"http://" + addr + "/rooms/standup": `200 {"room":{"room":"standup",`,
		"http://" + addr + "/rooms/none":    `404 {"type":"about:blank",`,
		p.url + "/rooms":                    `404 {"type":"about:blank",`,
		p.url + "/rooms/standup":            `401 {"type":"about:blank",`,
	} {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if got := fmt.Sprint(response.StatusCode, " ", string(body)); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, %v, want %s", url, got, err, want)
		}
	}
}

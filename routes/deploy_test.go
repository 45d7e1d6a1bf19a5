package routes_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the alerts and the dashboard ask for is held to what the program says: a metric
// that was renamed makes no alert wrong without a word. That the files are well-formed,
// and that each alert fires when it should, promtool says in e2e.

var (
	alertExpr = regexp.MustCompile(`(?s)\n\s+expr:(.*?)\n\s+(?:for|labels):`)
	matcher   = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"`)
	selector  = regexp.MustCompile(`([a-zA-Z_:][\w:]*)\s*\{([^{}]*)\}`)
	name      = regexp.MustCompile(`[a-zA-Z_:][\w:]*`)
	lists     = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)`)
	function  = regexp.MustCompile(`[a-zA-Z_]\w*\s*\(`)
	constants = regexp.MustCompile(`\[[^\]]*\]|\b\d[\w.]*\b`)
)

// Prometheus adds these to all that it scrapes.
var scrapeLabels = []string{"job", "instance"}

// asks gives the metrics of a query, and of each metric the labels that it is asked for,
// with a value where only that one will do.
func asks(query string) (metrics map[string]map[string]string) {
	metrics = make(map[string]map[string]string)
	for _, found := range selector.FindAllStringSubmatch(query, -1) {
		if metrics[found[1]] == nil {
			metrics[found[1]] = make(map[string]string)
		}
		for _, match := range matcher.FindAllStringSubmatch(found[2], -1) {
			value := ""
			if match[2] == "=" {
				value = match[3]
			}
			metrics[found[1]][match[1]] = value
		}
	}
	var grouped []string
	rest := selector.ReplaceAllString(query, "")
	for _, found := range lists.FindAllStringSubmatch(rest, -1) {
		grouped = append(grouped, name.FindAllString(found[2], -1)...)
	}
	rest = constants.ReplaceAllString(function.ReplaceAllString(lists.ReplaceAllString(rest, ""), ""), "")
	for _, found := range name.FindAllString(rest, -1) {
		if !slices.Contains([]string{"and", "or", "unless", "bool", "offset", "group_left", "group_right"}, found) && metrics[found] == nil {
			metrics[found] = make(map[string]string)
		}
	}
	for _, labels := range metrics {
		for _, label := range grouped {
			if _, asked := labels[label]; !asked {
				labels[label] = ""
			}
		}
	}
	return metrics
}

// holds reports what a query asks for that there is not.
func (s *scraped) holds(where, query string) {
	s.Helper()
	metrics := asks(query)
	if len(metrics) == 0 {
		s.Errorf("%s: %q asks for no metric", where, query)
	}
	for metric, labels := range metrics {
		if metric == "up" {
			continue // of Prometheus itself
		}
		for label, value := range labels {
			if !slices.Contains(scrapeLabels, label) && !s.has(metric, label, value) {
				s.Errorf("%s: no %s has the label %s=%q", where, metric, label, value)
			}
		}
		if !s.has(metric, "", "") {
			s.Errorf("%s: there is no %s", where, metric)
		}
	}
}

func (s *scraped) has(metric, label, value string) bool {
	for series := range s.series {
		found, labels, _ := strings.Cut(series, "{")
		if found != metric {
			continue
		}
		switch {
		case label == "", value != "" && strings.Contains(","+labels, `,`+label+`="`+value+`"`):
			return true
		case value == "" && strings.Contains(","+labels, ","+label+`="`):
			return true
		}
	}
	return false
}

func TestAsksFindsWhatAQueryAsksFor(t *testing.T) {
	for query, want := range map[string]string{
		`up`:                      `{"up":{}}`,
		`a_total{x="1",y=~"b|c"}`: `{"a_total":{"x":"1","y":""}}`,
		`sum by (z) (rate(a[5m])) / on (w) group_left b > 0.9`:                   `{"a":{"w":"","z":""},"b":{"w":"","z":""}}`,
		`histogram_quantile(0.99, sum by (le) (rate(a_bucket{r=~"/r/.*"}[5m])))`: `{"a_bucket":{"le":"","r":""}}`,
	} {
		if got, _ := json.Marshal(asks(query)); string(got) != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// usedServer is one that has done a bit of everything.
func usedServer(t *testing.T) *scraped {
	t.Helper()
	w := watch(t, nil, nil)
	peer := w.driveAll("standup", "")
	w.driveFaults("standup", peer)
	return w.scrape()
}

func TestAlertsAskForWhatThereIs(t *testing.T) {
	s, file := usedServer(t), string(read(t, "../deploy/prometheus/alerts.yaml"))
	expressions := alertExpr.FindAllStringSubmatch(file, -1)
	if alerts := strings.Count(file, "- alert: "); len(expressions) != alerts || alerts < 10 {
		t.Fatalf("%d expressions of %d alerts", len(expressions), alerts)
	}
	for _, found := range expressions {
		s.holds("alerts.yaml", strings.TrimPrefix(strings.TrimSpace(found[1]), "|"))
	}
	// And each has its tests: one in which it fires.
	tests := string(read(t, "../deploy/prometheus/alerts_test.yaml"))
	for _, found := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(file, -1) {
		if !regexp.MustCompile(`alertname: ` + found[1] + `\s+exp_alerts:`).MatchString(tests) {
			t.Errorf("in no test does %s fire", found[1])
		}
	}
}

func TestDashboardAsksForWhatThereIs(t *testing.T) {
	s := usedServer(t)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
		Templating struct {
			List []struct{ Name, Type, Query string }
		}
		Annotations struct {
			List []struct{ Name, Expr string }
		}
	}
	unmarshal(t, read(t, "../deploy/grafana/session-store.json"), &dashboard)
	queries := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries++
			s.holds(panel.Title, target.Expr)
			for _, label := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				metrics := asks(target.Expr)
				for metric := range metrics {
					if !slices.Contains(scrapeLabels, label[1]) && !s.has(metric, label[1], "") {
						t.Errorf("%s: the legend names %s, which %s does not have", panel.Title, label[1], metric)
					}
				}
			}
		}
	}
	for _, annotation := range dashboard.Annotations.List {
		s.holds(annotation.Name, annotation.Expr)
	}
	for _, variable := range dashboard.Templating.List {
		if of := strings.TrimSuffix(strings.TrimPrefix(variable.Query, "label_values("), ")"); variable.Type == "query" {
			metric, _, _ := strings.Cut(of[:strings.LastIndex(of, ",")], "{")
			s.holds(variable.Name, metric)
		}
	}
	if queries < 30 {
		t.Errorf("there are only %d queries", queries)
	}
}

var (
	metricRow  = regexp.MustCompile("(?m)^\\| (`[a-z_`, ]+`) \\| (?:gauge|counter|histogram) \\|")
	metricName = regexp.MustCompile("`([a-z_]+)`")
)

// The guide names each metric of the program, and no other.
func TestGuideNamesEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../guide/watching.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, row := range metricRow.FindAllStringSubmatch(string(text), -1) {
		for _, name := range metricName.FindAllStringSubmatch(row[1], -1) {
			named["session_store_"+name[1]] = false
		}
	}
	s := usedServer(t)
	for series := range s.series {
		name, _, _ := strings.Cut(series, "{")
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, part)
		}
		if !strings.HasPrefix(name, "session_store_") {
			continue
		}
		if _, found := named[name]; !found {
			t.Errorf("the guide does not name %s", name)
		}
		named[name] = true
	}
	for name, is := range named {
		if !is {
			t.Errorf("the guide names %s, which there is not", name)
		}
	}
}

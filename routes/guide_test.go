package routes_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"session-store/routes"
)

var errorRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([0-9]{3}) \\|")

// The guide has a row for each code, with its status, and no other.
func TestGuideNamesEveryError(t *testing.T) {
	text, err := os.ReadFile("../guide/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{}
	for _, row := range errorRow.FindAllStringSubmatch(string(text), -1) {
		named[row[1]] = row[2]
	}
	for code, status := range routes.Statuses() {
		if got := named[string(code)]; got != fmt.Sprint(status) {
			t.Errorf("%s is %d, the guide says %q", code, status, got)
		}
		delete(named, string(code))
	}
	for code := range named {
		t.Errorf("the guide names %s, which is no code", code)
	}
}

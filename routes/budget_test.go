//go:build !race

package routes_test

import "testing"

// The race detector empties pools at random, so this is measured without it.

// A write makes little garbage: what is above this budget was added without being
// noticed.
func TestPutAllocates(t *testing.T) {
	const budget = 15
	for _, hosts := range [][]string{nil, {"session.example.com", "*.example.org", "example.com"}} {
		write := put(t, hosts...)
		if got := testing.AllocsPerRun(1000, func() { write() }); got > budget {
			t.Errorf("a write allocates %v times with %d hosts, the budget is %d", got, len(hosts), budget)
		}
	}
}

package e2e_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// usage is what a server says of itself.
type usage struct {
	ResidentMB  float64 `json:"resident_mb"`
	LiveMB      float64 `json:"live_mb"` // of the heap, after a collection
	Goroutines  float64 `json:"goroutines"`
	Descriptors float64 `json:"descriptors"`
	Streams     float64 `json:"streams"`
	Sessions    float64 `json:"sessions"`
}

// besieged is a program with an address for its operator, so that it can be told to
// collect its garbage: what is not garbage then is what somebody makes it keep.
type besieged struct {
	*program
	addr, admin string
}

func besiege(t *testing.T, flags ...string) besieged {
	t.Helper()
	addr, admin := fixedAddr(t), fixedAddr(t)
	b := besieged{addr: addr, admin: admin}
	// Peers are there to stay, however busy the machine is.
	flags = append([]string{"--addr", addr, "--admin-addr", admin, "--peer-timeout", "60s"}, flags...)
	b.program = start(t, flags...)
	b.url = "http://" + addr // start may have seen the other address first
	return b
}

// What may be left behind: a pool that is warm now, a connection that is about to be
// closed.
const (
	leftMB          = 4
	leftDescriptors = 8
	leftGoroutines  = 16
	// comeBackTime is longer than the peers of an attack are waited for, which have left
	// without a word.
	comeBackTime = 20 * time.Second
)

// comesBack waits until the server uses no more than before, and gives what it uses.
func (b besieged) comesBack(t *testing.T, before usage) usage {
	t.Helper()
	var now usage
	err := soon(comeBackTime, func() error {
		now = b.use(t)
		if now.LiveMB > before.LiveMB+leftMB || now.Descriptors > before.Descriptors+leftDescriptors ||
			now.Goroutines > before.Goroutines+leftGoroutines || now.Streams > before.Streams || now.Sessions > before.Sessions {
			return fmt.Errorf("the server uses %+v, before it was %+v", now, before)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return now
}

var metricLine = regexp.MustCompile(`(?m)^(\w+) (\S+)$`)

// use collects the garbage, and then asks.
func (b besieged) use(t *testing.T) usage {
	t.Helper()
	fetch(t, "http://"+b.admin+"/debug/pprof/heap?gc=1")
	metrics := map[string]float64{}
	for _, match := range metricLine.FindAllStringSubmatch(fetch(t, "http://"+b.admin+"/metrics"), -1) {
		value, err := strconv.ParseFloat(match[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		metrics[match[1]] = value
	}
	u := usage{
		ResidentMB: metrics["process_resident_memory_bytes"] / 1e6, LiveMB: metrics["go_memstats_heap_alloc_bytes"] / 1e6,
		Goroutines: metrics["go_goroutines"], Descriptors: metrics["process_open_fds"],
		Streams: metrics["session_store_streams"], Sessions: metrics["session_store_sessions"],
	}
	u.ResidentMB, u.LiveMB = math.Round(u.ResidentMB*10)/10, math.Round(u.LiveMB*10)/10
	if u.ResidentMB == 0 || u.LiveMB == 0 || u.Goroutines == 0 || u.Descriptors == 0 || u.Sessions == 0 {
		t.Fatalf("the metrics are not complete: %+v", u)
	}
	return u
}

// operator has a connection for each call: one that stays would be counted.
var operator = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}

func fetch(t *testing.T, url string) string {
	t.Helper()
	response, err := operator.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, response.StatusCode, err)
	}
	return string(text)
}

package otlp

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, found := strings.CutPrefix(pair, name+"="); found {
				return value
			}
		}
		return ""
	}
}

func TestTarget(t *testing.T) {
	const all, traces = "OTEL_EXPORTER_OTLP_ENDPOINT=http://all:4318/x", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4318/own"
	for _, tt := range []struct {
		name, endpoint string
		env            []string
		want           string
	}{
		{"nothing is off", "", nil, ""},
		{"the flag", "http://flag:4318", nil, "http://flag:4318/v1/traces"},
		{"the flag, with a path", "https://flag/otlp/", nil, "https://flag/otlp/v1/traces"},
		{"the flag goes before", "http://flag:4318", []string{all, traces}, "http://flag:4318/v1/traces"},
		{"the variable for all", "", []string{all}, "http://all:4318/x/v1/traces"},
		{"the variable for traces goes before, as it is", "", []string{all, traces}, "http://traces:4318/own"},
		{"disabled", "", []string{all, "OTEL_SDK_DISABLED=true"}, ""},
		{"without an exporter", "", []string{all, "OTEL_TRACES_EXPORTER=none"}, ""},
		{"who sets the flag wants it", "http://flag:4318", []string{"OTEL_SDK_DISABLED=true"}, "http://flag:4318/v1/traces"},
	} {
		got, err := Config{Endpoint: tt.endpoint, Env: env(tt.env...)}.target()
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct {
		endpoint string
		env      string
		want     string
	}{
		{"127.0.0.1:4318", "", "--otlp-endpoint: "},
		{"grpc://user:secret@x:4317", "", "--otlp-endpoint: "},
		{"http://", "", "--otlp-endpoint: "},
		{"", "OTEL_EXPORTER_OTLP_ENDPOINT=x:secret", "OTEL_EXPORTER_OTLP_ENDPOINT: "},
		{"http://x", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_PROTOCOL: "},
		{"http://x", "OTEL_EXPORTER_OTLP_TIMEOUT=10s", "OTEL_EXPORTER_OTLP_TIMEOUT: "},
		{"http://x", "OTEL_EXPORTER_OTLP_HEADERS=secret", "OTEL_EXPORTER_OTLP_HEADERS: "},
	} {
		_, _, err := Open(t.Context(), Config{Endpoint: tt.endpoint, Env: env(tt.env)})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q with %q: %v", tt.endpoint, tt.env, err)
		}
	}
}

func TestOffIsNil(t *testing.T) {
	tracer, end, err := Open(t.Context(), Config{})
	if tracer != nil || err != nil || end(t.Context()) != nil {
		t.Errorf("%v, %v", tracer, err)
	}
}

// answering is a collector that gives the answers one after the other, the last one
// again and again.
type answering struct {
	statuses []int
	asked    atomic.Int64
	header   http.Header
}

func (a *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := min(int(a.asked.Add(1)), len(a.statuses))
	a.header = r.Header
	w.WriteHeader(a.statuses[i-1])
}

func newTestClient(t *testing.T, target string, log *bytes.Buffer, pairs ...string) *client {
	t.Helper()
	c, err := newClient(target, Config{Env: env(pairs...), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	c.pause = time.Millisecond
	t.Cleanup(func() { _ = c.Stop(context.WithoutCancel(t.Context())) })
	return c
}

// A batch is sent again where the collector asks for it, and given up where not; the log
// has one line for many that are lost, and no call an error.
func TestBatchesThatAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		statuses []int
		asked    int64
		lines    int
	}{
		"taken":       {[]int{200}, 3, 0},
		"busy":        {[]int{503, 429, 200}, 5, 0},
		"refused":     {[]int{400}, 3, 1},
		"only once":   {[]int{400, 200}, 3, 1},
		"every other": {[]int{400, 200, 400}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			collector, log := &answering{statuses: tt.statuses}, bytes.Buffer{}
			server := httptest.NewServer(collector)
			defer server.Close()
			c := newTestClient(t, server.URL, &log)
			for range 3 {
				if err := c.UploadTraces(t.Context(), nil); err != nil {
					t.Error(err)
				}
			}
			if got := collector.asked.Load(); got != tt.asked || strings.Count(log.String(), "\n") != tt.lines {
				t.Errorf("asked %d times, want %d; it says\n%s", got, tt.asked, &log)
			}
		})
	}
}

func TestCollectorThatIsAway(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	var log bytes.Buffer
	c := newTestClient(t, strings.Replace(server.URL, "http://", "http://user:secret@", 1), &log)
	for range 3 {
		if err := c.UploadTraces(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	if text := log.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, "secret") || !strings.Contains(text, "spans are lost") {
		t.Errorf("it says\n%s", text)
	}
}

// A collector that is busy for good is not asked for longer than there is time.
func TestBusyCollectorIsGivenUp(t *testing.T) {
	server := httptest.NewServer(&answering{statuses: []int{503}})
	defer server.Close()
	var log bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := newTestClient(t, server.URL, &log).UploadTraces(ctx, nil); err != nil || log.Len() == 0 {
		t.Errorf("%v; it says %q", err, &log)
	}
}

func TestHeaders(t *testing.T) {
	collector, log := &answering{statuses: []int{200}}, bytes.Buffer{}
	server := httptest.NewServer(collector)
	defer server.Close()
	c := newTestClient(t, server.URL, &log, "OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20a%2Cb, x-tenant = t ,", "OTEL_EXPORTER_OTLP_TIMEOUT=1500")
	if err := c.UploadTraces(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(collector.header["Authorization"], collector.header["X-Tenant"]); got != "[Bearer a,b] [t]" {
		t.Error(got)
	}
	if c.http.Timeout != 1500*time.Millisecond {
		t.Errorf("the timeout is %v", c.http.Timeout)
	}
}

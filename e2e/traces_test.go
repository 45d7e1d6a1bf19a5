package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// received is what a collector has been sent: names of spans, by the trace.
type received struct {
	mu     sync.Mutex
	spans  map[string]map[string]bool
	fields map[string]string // of the resource
}

func (r *received) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var message tracepb.TracesData // the same on the wire as the request, without its gRPC
	if err != nil || proto.Unmarshal(body, &message) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range message.GetResourceSpans() {
		for _, attribute := range resource.GetResource().GetAttributes() {
			r.fields[attribute.GetKey()] = attribute.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				trace := string(span.GetTraceId())
				if r.spans[trace] == nil {
					r.spans[trace] = make(map[string]bool)
				}
				r.spans[trace][span.GetName()] = true
			}
		}
	}
}

// has reports whether there is a trace with all of the spans.
func (r *received) has(names ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, spans := range r.spans {
		all := true
		for _, name := range names {
			all = all && spans[name]
		}
		if all {
			return true
		}
	}
	return false
}

// A write is seen by a collector from the request over the journal to the streams, in one
// trace; what the program has not sent yet comes when it ends.
func TestTracesReachACollector(t *testing.T) {
	t.Parallel()
	way := []string{"PUT /rooms/:room/store/:key", "commit", "append", "publish"}
	got := traceWrite(t)
	// The last spans have a second to arrive, which a busy machine may not give them.
	for tries := 1; !got.has(way...) && tries < 3; tries++ {
		got = traceWrite(t)
	}
	if !got.has(way...) {
		t.Errorf("no trace has the whole way of a write: %v", got.spans)
	}
	if got.fields["service.name"] != "session-store" || got.fields["service.version"] == "" {
		t.Errorf("the spans are of %v", got.fields)
	}
}

// traceWrite is what a collector has received of a program that was written to, once it
// has ended.
func traceWrite(t *testing.T) *received {
	t.Helper()
	got := &received{spans: make(map[string]map[string]bool), fields: make(map[string]string)}
	stub := httptest.NewServer(got)
	defer stub.Close()
	program := start(t, "--otlp-endpoint", stub.URL, "--data", t.TempDir())
	p := join(t, program.url, "traced")
	stream, err := p.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	must(t, http.StatusCreated)(p.Put(t.Context(), "k", "1"))
	for range 2 { // the snapshot, and the update
		if _, err := stream.Next(); err != nil {
			t.Fatal(err)
		}
	}
	stream.Close()
	program.stop(t)
	return got
}

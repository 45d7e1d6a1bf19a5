package routes_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"session-store/trace"
	"session-store/trace/otlp"
)

// collector takes spans as any that speaks OTLP/HTTP does.
type collector struct {
	*testing.T
	raw   text
	spans chan *tracepb.Span
}

// collect gives a tracer whose spans are there when end has returned.
func collect(t *testing.T) (c *collector, tracer *trace.Tracer, end func() []*tracepb.Span) {
	t.Helper()
	c = &collector{T: t, spans: make(chan *tracepb.Span, 10_000)}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	tracer, stop, err := otlp.Open(t.Context(), otlp.Config{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c, tracer, func() (all []*tracepb.Span) {
		if err := stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		close(c.spans)
		for span := range c.spans {
			all = append(all, span)
		}
		return all
	}
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var data tracepb.TracesData
	if err == nil {
		err = proto.Unmarshal(body, &data)
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.Errorf("%s, %q: %v", r.URL, r.Header, err)
	}
	_, _ = c.raw.Write(body)
	for _, resource := range data.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				c.spans <- span
			}
		}
	}
}

// named is the one span with the name.
func named(t *testing.T, spans []*tracepb.Span, name string) *tracepb.Span {
	t.Helper()
	var found *tracepb.Span
	for _, span := range spans {
		if span.Name == name {
			if found != nil {
				t.Fatalf("there are two spans %q", name)
			}
			found = span
		}
	}
	if found == nil {
		t.Fatalf("there is no span %q in %v", name, spans)
	}
	return found
}

// said is what the span says, under the name.
func said(span *tracepb.Span, name string) string {
	for _, attribute := range span.Attributes {
		if attribute.Key == name {
			return strings.Trim(strings.TrimPrefix(strings.TrimPrefix(attribute.Value.String(), "string_value:"), "int_value:"), `"`)
		}
	}
	return ""
}

// The spans of a write go from the request to the streams, each within the one before,
// in the trace that the caller has begun.
func TestTraceOfAWriteFromRequestToStream(t *testing.T) {
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	c, tracer, end := collect(t)
	w := watch(t, nil, tracer)
	peer := w.join("standup", "")
	put := "PUT /rooms/:room/store/:key"
	if status, body := w.do("PUT", "/rooms/standup/store/k", peer.token, `{"value":"`+w.value()+`"}`,
		"traceparent: 00-"+theirs+"-00f067aa0ba902b7-01"); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	w.until("the line is not there", func() bool { return strings.Contains(w.log.String(), "method=PUT") })
	var trace []*tracepb.Span
	for _, span := range end() {
		if hex.EncodeToString(span.TraceId) == theirs {
			trace = append(trace, span)
		}
	}
	if len(trace) != 4 {
		t.Errorf("%d spans in the trace, want 4: %v", len(trace), trace)
	}
	parent, _ := hex.DecodeString("00f067aa0ba902b7")
	request, commit := named(t, trace, put), named(t, trace, "commit")
	for _, link := range []struct {
		span *tracepb.Span
		to   []byte
	}{
		{request, parent},
		{commit, request.SpanId},
		{named(t, trace, "append"), commit.SpanId},
		{named(t, trace, "publish"), commit.SpanId},
	} {
		if string(link.span.ParentSpanId) != string(link.to) {
			t.Errorf("%s is within %x, want %x", link.span.Name, link.span.ParentSpanId, link.to)
		}
		if link.span.StartTimeUnixNano < request.StartTimeUnixNano || link.span.EndTimeUnixNano > request.EndTimeUnixNano {
			t.Errorf("%s goes on outside of the request", link.span.Name)
		}
	}
	for name, want := range map[string]string{
		"http.route": "/rooms/:room/store/:key", "http.request.method": "PUT", "http.response.status_code": "201",
		"session_store.room": "standup", "session_store.peer": peer.id, "session_store.code": "",
	} {
		if got := said(request, name); got != want {
			t.Errorf("the request says %s = %q, want %q", name, got, want)
		}
	}
	if said(commit, "session_store.room") != "standup" || said(commit, "session_store.wishes") != "1" {
		t.Errorf("the commit says %v", commit.Attributes)
	}
	if raw := c.raw.String(); !strings.Contains(raw, "session-store") {
		t.Error("nobody says which program it is")
	}
}

// All calls, those that fail included, end in spans, and none has a token or a value.
func TestTraceHasNoTokenAndNoValue(t *testing.T) {
	c, tracer, end := collect(t)
	w := watch(t, newVerifier(t), tracer)
	bearer := signedRight(t, claims(nil))
	w.secrets = append(w.secrets, bearer)
	peer := w.driveAll("standup", bearer)
	w.driveFaults("standup", peer)
	w.do("GET", "/healthz", "", "")
	w.until("there are fewer lines than calls", func() bool { return strings.Count(w.log.String(), " method=") >= w.calls })
	spans := end()
	w.wantSilent("a span", c.raw.String())
	codes := map[string]int{}
	for _, span := range spans {
		if span.Kind != tracepb.Span_SPAN_KIND_SERVER {
			continue
		}
		codes[said(span, "session_store.code")]++
		if said(span, "session_store.room") != "standup" && said(span, "session_store.code") != "invalid_request" {
			t.Errorf("%s does not name the room: %v", span.Name, span.Attributes)
		}
		failed := span.Status.GetCode() == tracepb.Status_STATUS_CODE_ERROR
		if status := said(span, "http.response.status_code"); failed != (status >= "500") {
			t.Errorf("%s answers %s: failed is %v", span.Name, status, failed)
		}
		if strings.Contains(span.Name, "healthz") {
			t.Error("a span of what a supervisor asks all the time")
		}
	}
	for _, code := range []string{"", "precondition_failed", "unauthorized", "unavailable", "internal", "value_too_large"} {
		if codes[code] == 0 {
			t.Errorf("no span has the code %q: %v", code, codes)
		}
	}
}

// A stream goes on for hours; its span does not wait for that.
func TestTraceOfAStreamEndsAsItBegins(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/1.0"} { // written to by the pump, and by a goroutine
		t.Run(version, func(t *testing.T) {
			_, tracer, end := collect(t)
			w := watch(t, nil, tracer)
			peer := w.join("standup", "")
			connection, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			_, err = io.WriteString(connection, "GET /rooms/standup/observe?keys=*&access_token="+peer.token+" "+version+"\r\nHost: x\r\n\r\n")
			if err != nil {
				t.Fatal(err)
			}
			for events := bufio.NewReader(connection); ; {
				line, err := events.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(line, "data: ") {
					break
				}
			}
			span := named(t, end(), "GET /rooms/:room/observe")
			if said(span, "http.response.status_code") != "200" || said(span, "session_store.peer") != peer.id {
				t.Errorf("it says %v", span.Attributes)
			}
		})
	}
}

// A page of another origin that is traced can call.
func TestTraceparentIsAllowedFromOtherOrigins(t *testing.T) {
	w := watch(t, nil, nil)
	request := newRequest(t, "OPTIONS", w.url+"/rooms/standup/store/k", "", "")
	request.Header.Set("Origin", "https://app.example.com")
	request.Header.Set("Access-Control-Request-Method", "PUT")
	request.Header.Set("Access-Control-Request-Headers", "authorization,traceparent,tracestate")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Access-Control-Allow-Headers"); got != "authorization,traceparent,tracestate" {
		t.Errorf("allowed are %q", got)
	}
}

package room_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/trace"
)

// requestsOf gives contexts that are each in the span of a request.
func requestsOf(tracer *trace.Tracer) func() (context.Context, trace.Span) {
	return func() (context.Context, trace.Span) {
		r, span := tracer.Request(httptest.NewRequest("PUT", "/", nil), "/")
		return r.Context(), span
	}
}

// What one writer commits for all who wait names them, and they say that they wait.
func TestSpansOfWritersThatAreCommittedTogether(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracer := trace.New(sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)))
	n := &node{t, room.NewRegistry(room.Config{
		Journal: &disk{Journal: memory.New(), takes: time.Millisecond}, NewSessionID: auth.NewSessionID, Tracer: tracer,
	})}
	defer n.Close()
	ann, _ := n.join("a")
	request := requestsOf(tracer)
	var group sync.WaitGroup
	for range 50 {
		ctx, span := request()
		group.Go(func() {
			defer span.End()
			if _, err := ann.Write(ctx, set("k", `"the value"`)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	var commits, waits, links, wishes int
	for _, span := range spans.Ended() {
		if !span.Parent().IsValid() != (span.Name() == "PUT /") {
			t.Errorf("%s has the parent %v", span.Name(), span.Parent())
		}
		switch span.Name() {
		case "commit":
			commits, links = commits+1, links+len(span.Links())
		case "wait":
			waits++
		}
		for _, attribute := range span.Attributes() {
			if attribute.Key == trace.Wishes {
				wishes += int(attribute.Value.AsInt64())
			}
			if strings.Contains(attribute.Value.String(), "the value") {
				t.Errorf("%s has a value: %v", span.Name(), attribute)
			}
		}
	}
	// Those that were not committed by another one have waited for nothing, or have
	// committed themselves behind their wait.
	if commits == 50 || waits == 0 || wishes != 50 || links < 50-commits || links > wishes {
		t.Errorf("50 writes: %d commits of %d wishes, %d waits, %d links", commits, wishes, waits, links)
	}
}

// Outside of a request there are no spans: alarms ring all the time.
func TestSpansAreOfRequests(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracer := trace.New(sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)))
	n := &node{t, room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID, Tracer: tracer})}
	defer n.Close()
	ann, _ := n.join("a")
	n.write(ann, set("k", "1"))
	if started := spans.Started(); len(started) != 0 {
		t.Errorf("there is %v", started[0].Name())
	}
}

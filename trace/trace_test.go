package trace_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"session-store/trace"
)

// Without a tracer all of it does nothing, and takes no memory.
func TestNilCostsNothing(t *testing.T) {
	var tracer *trace.Tracer
	request := httptest.NewRequest("PUT", "/", nil)
	ctx := request.Context()
	got := testing.AllocsPerRun(100, func() {
		same, span := tracer.Request(request, "/")
		within, step := tracer.Start(ctx, "step")
		if same != request || within != ctx || span.On() || step.On() || tracer.Current(ctx).On() {
			t.Fatal("there is a span")
		}
		step.Say("a", "b")
		step.Count("a", 1)
		step.Link(span)
		step.Fail()
		step.End()
		span.Answer(200)
		span.End()
	})
	if got != 0 {
		t.Errorf("it allocates %v times", got)
	}
	if _, span := tracer.Start(context.Background(), "x"); span != (trace.Span{}) {
		t.Error("there is a span")
	}
}

// Package trace says where the time of a call goes, in the spans of OpenTelemetry:
//
//	request ──▶ commit ──▶ append   what the journal takes
//	   │           └─────▶ publish  what the streams are told
//	   └─────▶ wait                 while another's commit was under way
//
// There is no tracer but the one that is passed on: whoever has none, a nil *Tracer,
// pays for a comparison. A span says which room, peer and code it was; never a token,
// never a key's value, and no text of an error, in which either might stand.
package trace

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The names of what a span says, beside those that OpenTelemetry has.
const (
	Room    = "session_store.room"
	Peer    = "session_store.peer"
	Code    = "session_store.code"
	Wishes  = "session_store.wishes"
	Changes = "session_store.changes"
	Streams = "session_store.streams"
)

// Tracer begins spans. Nil is one that never does.
type Tracer struct {
	tracer trace.Tracer
}

// New is a tracer whose spans go to the provider.
func New(provider trace.TracerProvider) *Tracer {
	return &Tracer{provider.Tracer("session-store")}
}

// Request begins the span of a request, in the trace that the caller has begun if its
// headers say so (W3C Trace Context). The request that it gives has the span in its
// context.
func (t *Tracer) Request(r *http.Request, route string) (*http.Request, Span) {
	if t == nil {
		return r, Span{}
	}
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, r.Method+" "+route, trace.WithSpanKind(trace.SpanKindServer))
	span.SetAttributes(attribute.String("http.request.method", r.Method), attribute.String("http.route", route))
	return r.WithContext(ctx), Span{span}
}

// Start begins a span within the one of the context. Outside of a request there is
// none: alarms that ring for nothing would be most of what is seen.
func (t *Tracer) Start(ctx context.Context, name string) (context.Context, Span) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, Span{span}
}

// Current is the span of the context.
func (t *Tracer) Current(ctx context.Context) Span {
	if t == nil {
		return Span{}
	}
	return Span{trace.SpanFromContext(ctx)}
}

// Span is a piece of time with a name. The zero value is none, and all its methods do
// nothing.
type Span struct {
	span trace.Span
}

// On reports whether anybody will see it.
func (s Span) On() bool { return s.span != nil && s.span.IsRecording() }

// Say adds a text.
func (s Span) Say(name, text string) {
	if s.On() {
		s.span.SetAttributes(attribute.String(name, text))
	}
}

// Count adds a number.
func (s Span) Count(name string, n int) {
	if s.On() {
		s.span.SetAttributes(attribute.Int(name, n))
	}
}

// Answer adds the status of an answer.
func (s Span) Answer(status int) { s.Count("http.response.status_code", status) }

// Fail says that what was to be done was not, and whose fault that is: ours.
func (s Span) Fail() {
	if s.On() {
		s.span.SetStatus(codes.Error, "")
	}
}

// Link says that this was done for the other one too.
func (s Span) Link(other Span) {
	if s.On() && other.span != nil {
		s.span.AddLink(trace.Link{SpanContext: other.span.SpanContext()})
	}
}

// End is called once it is over; then nothing is added any more.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

package room

import (
	"context"

	"session-store/model"
	"session-store/trace"
)

// commitSpan begins the span of what one caller does for all who wait, and says for
// whom.
func (r *Room) commitSpan(ctx context.Context, wishes []*wish) (context.Context, trace.Span) {
	tracer := r.registry.config.Tracer
	caller := tracer.Current(ctx)
	ctx, span := tracer.Start(ctx, "commit")
	if !span.On() {
		return ctx, span
	}
	span.Say(trace.Room, r.name)
	span.Count(trace.Wishes, len(wishes))
	for _, w := range wishes {
		if w.span != caller {
			span.Link(w.span)
		}
	}
	return ctx, span
}

// publishSpan begins the span of what the streams are told.
func (r *Room) publishSpan(ctx context.Context, changes []*model.Change) trace.Span {
	_, span := r.registry.config.Tracer.Start(ctx, "publish")
	if !span.On() {
		return span
	}
	span.Say(trace.Room, r.name)
	span.Count(trace.Changes, len(changes))
	if r.hub != nil {
		span.Count(trace.Streams, r.hub.Streams())
	}
	return span
}

package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"session-store/trace"
	"session-store/trace/otlp"
)

// tracesPatience is what the last spans have to get to their collector. When it is
// away, too, the program ends in time.
const tracesPatience = time.Second

// openTraces gives the tracer that --otlp-endpoint or the variables of OpenTelemetry ask
// for, nil if they ask for none, and what must be called in the end.
func (c config) openTraces(ctx context.Context, log *slog.Logger) (*trace.Tracer, func(), error) {
	tracer, end, err := otlp.Open(ctx, otlp.Config{Endpoint: c.OTLPEndpoint, Env: os.Getenv, Log: log})
	if err != nil {
		return nil, nil, err
	}
	return tracer, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tracesPatience)
		defer cancel()
		if err := end(ctx); err != nil {
			log.Warn("the last spans are lost", "error", err)
		}
	}, nil
}

// Package otlp sends spans to a collector, over OTLP/HTTP:
//
//	trace.Span ──▶ a queue that never makes anybody wait ──▶ batches ──▶ POST URL/v1/traces
//
// The exporter that OpenTelemetry has for this brings the whole of gRPC with it, which
// nobody here speaks: 2.5 MB of the program. What is left without it is one POST.
package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"session-store/trace"
	"session-store/version"
)

// Config says where spans go.
type Config struct {
	// Endpoint is the URL of the collector, to which v1/traces is added. Without it the
	// variables of OpenTelemetry are asked, and without those there are no traces.
	Endpoint string
	// Env looks a variable up, as os.Getenv does; nil is none.
	Env func(string) string
	Log *slog.Logger
}

// Open gives a tracer, nil if no traces are wanted, and what must be called in the end:
// it sends what is left, until ctx is done.
//
// Which share of the requests is traced, OTEL_TRACES_SAMPLER says; what the program is
// called, OTEL_SERVICE_NAME.
func Open(ctx context.Context, config Config) (tracer *trace.Tracer, end func(context.Context) error, err error) {
	if config.Env == nil {
		config.Env = func(string) string { return "" }
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	target, err := config.target()
	if target == "" || err != nil {
		return nil, func(context.Context) error { return nil }, err
	}
	client, err := newClient(target, config)
	if err != nil {
		return nil, nil, err
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	about, err := about(ctx)
	if err != nil {
		return nil, nil, err
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return trace.New(provider), provider.Shutdown, nil
}

// target is the URL that spans are sent to; empty is nowhere.
func (c Config) target() (string, error) {
	off := strings.EqualFold(c.Env("OTEL_SDK_DISABLED"), "true") || c.Env("OTEL_TRACES_EXPORTER") == "none"
	if c.Endpoint == "" && off {
		return "", nil
	}
	name, text, path := "--otlp-endpoint", c.Endpoint, "v1/traces"
	if text == "" {
		name, path = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "" // it is used as it is
		text = c.Env(name)
	}
	if text == "" {
		name, path = "OTEL_EXPORTER_OTLP_ENDPOINT", "v1/traces"
		text = c.Env(name)
	}
	if text == "" {
		return "", nil
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return "", fmt.Errorf("%s: it is not a URL like http://127.0.0.1:4318", name) // which may have a password in it
	}
	return parsed.JoinPath(path).String(), nil
}

// about says which program the spans are of. Not with the detector of processes: a
// secret may stand in the command line.
func about(ctx context.Context) (*resource.Resource, error) {
	version, _ := version.Of()
	attributes := []attribute.KeyValue{attribute.String("service.name", "session-store"), attribute.String("service.version", version)}
	// What the environment says comes last, and goes before.
	return resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attributes...), resource.WithFromEnv())
}

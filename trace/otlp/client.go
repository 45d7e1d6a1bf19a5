package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	// timeout is what one POST has, as OpenTelemetry wants it without a word.
	timeout = 10 * time.Second
	// maxAnswer is as much of an answer as is read: nobody needs it.
	maxAnswer = 64 << 10
	// firstPause doubles with each try that a collector asks for.
	firstPause = time.Second
)

// client is the sending half of the exporter.
type client struct {
	url    string
	header http.Header
	http   *http.Client
	log    *slog.Logger
	pause  time.Duration // before the first try that is not the first
	// quiet says that the last batch was lost too: one line is enough. The exporter
	// sends one batch at a time.
	quiet bool
}

func newClient(target string, config Config) (*client, error) {
	switch protocol := first(config.Env, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol {
	case "", "http/protobuf":
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not spoken here, http/protobuf is", protocol)
	}
	c := &client{
		url: target, log: config.Log, pause: firstPause, header: http.Header{"Content-Type": {"application/x-protobuf"}},
		http: &http.Client{Timeout: timeout, Transport: http.DefaultTransport.(*http.Transport).Clone()},
	}
	if text := first(config.Env, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"); text != "" {
		milliseconds, err := strconv.Atoi(text)
		if err != nil || milliseconds <= 0 {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT: %q is not a number of milliseconds", text)
		}
		c.http.Timeout = time.Duration(milliseconds) * time.Millisecond
	}
	return c, c.addHeaders(first(config.Env, "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"))
}

func first(env func(string) string, names ...string) string {
	for _, name := range names {
		if text := env(name); text != "" {
			return text
		}
	}
	return ""
}

// addHeaders takes name=value, with commas between them, as W3C Baggage has it: values
// are percent-encoded.
func (c *client) addHeaders(text string) error {
	for field := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(field) == "" {
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return errors.New("OTEL_EXPORTER_OTLP_HEADERS: it is not name=value, with commas between them") // it is secret
		}
		c.header.Set(strings.TrimSpace(name), value)
	}
	return nil
}

// Start is for the exporter. Nothing is sent before there is something to say: a
// collector that is down must not keep a server from starting.
func (c *client) Start(context.Context) error { return nil }

// Stop is for the exporter.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces sends one batch. One that is lost is not worth an error to anybody but
// the log: the calls that it tells of have long been answered.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// ExportTraceServiceRequest has the same one field with the same number, and lives in
	// a package that needs gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err == nil {
		err = c.send(ctx, body)
	}
	if err != nil && !c.quiet {
		c.log.Warn("spans are lost", "error", err)
	}
	c.quiet = err != nil
	return nil
}

// send tries again for as long as the collector asks for it and there is time.
func (c *client) send(ctx context.Context, body []byte) error {
	for pause := c.pause; ; pause *= 2 {
		again, err := c.post(ctx, body)
		if err == nil || !again {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

func (c *client) post(ctx context.Context, body []byte) (again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header = c.header
	answer, err := c.http.Do(request)
	if err != nil {
		return false, err // net/http leaves out a password that is in the URL
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection can be used again
	switch answer.StatusCode {
	case http.StatusOK:
		return false, nil
	// OTLP 1.5, "OTLP/HTTP Response": these "SHOULD be retried", all others "MUST NOT".
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	return again, fmt.Errorf("the collector answers %s", answer.Status)
}

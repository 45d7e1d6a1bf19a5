package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// healthTimeout is how long the answer may take: less than the 5 s after which the
// image's health check is killed without having said why.
const healthTimeout = 3 * time.Second

// askHealth asks the server that runs with the same flags whether requests should
// be sent to it. So an image needs neither a shell nor curl for its health check.
func (c config) askHealth(ctx context.Context, say io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	target, err := c.healthURL()
	if err != nil {
		return err
	}
	request := (&http.Request{Method: http.MethodGet, URL: target, Header: http.Header{}}).WithContext(ctx)
	// No proxy: with HTTP_PROXY set, somebody else would be asked.
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		// The certificate is for the public name and not for this address. Nothing
		// secret is sent, and a yes or no is all that is read.
		InsecureSkipVerify: true,
	}}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("--health: %s: %w", target, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("--health: %s: %d, %s", target, answer.StatusCode, detail(answer.Body))
	}
	_, err = fmt.Fprintln(say, "ready")
	return err
}

// healthURL needs no other host in the place of an empty one or 0.0.0.0: to connect
// there is to connect to this machine.
func (c config) healthURL() (*url.URL, error) {
	if _, port, _ := net.SplitHostPort(c.Addr); port == "0" || port == "" {
		return nil, fmt.Errorf("--health: --addr %s names no port to ask at", c.Addr)
	}
	return &url.URL{Scheme: c.scheme(), Host: c.Addr, Path: "/readyz"}, nil
}

// scheme is how the server is called.
func (c config) scheme() string {
	if c.TLSCert != "" {
		return "https"
	}
	return "http"
}

// detail is the sentence in the answer of a server that is not ready.
func detail(body io.Reader) string {
	var problem struct{ Detail string }
	// What else there might be at the address can answer as long as it likes.
	if err := json.NewDecoder(io.LimitReader(body, 4<<10)).Decode(&problem); err != nil || problem.Detail == "" {
		return "and no reason"
	}
	return problem.Detail
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"session-store/sse"
)

// Times that a well-meaning client never meets.
const (
	// For the whole of a request, its header included: one deadline is set for
	// both. Streams lift it for themselves.
	readTimeout  = 20 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 2 * time.Minute
	// What requests in flight have when the server goes down. Supervisors wait
	// 10 s before they kill.
	shutdownTimeout = 8 * time.Second
	// 100 keys of 128 bytes, each byte percent-encoded, are 38 KB of a URL.
	maxHeaderBytes = 64 << 10
	// Streams and calls at once on one HTTP/2 connection: a browser has one
	// connection for all its tabs, and queues what is above it without a word.
	maxConcurrent = 250
	// A machine that has gone without a word is noticed after both together: about
	// as soon as over plain HTTP/1.1, where the streams themselves look.
	pingAfter   = 15 * time.Second
	pingTimeout = 15 * time.Second
)

// newServer speaks HTTP/1.1 and HTTP/2, which TLS agrees on with the client; without
// TLS a client of HTTP/2 has to know (RFC 9113, 3.3), as proxies can. A nil
// certificate is no TLS.
func newServer(handler http.Handler, certificate *certificate, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:     handler,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ConnContext:    sse.WithConn,
		Protocols:      protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxConcurrent, SendPingTimeout: pingAfter, PingTimeout: pingTimeout,
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if certificate != nil {
		server.TLSConfig = certificate.config()
	}
	return server
}

// serve answers requests until ctx is done; then it calls goingDown, and returns
// when the requests in flight are answered, or their patience is over.
func serve(ctx context.Context, server *http.Server, listener net.Listener, patience time.Duration, goingDown func()) error {
	served := make(chan error, 1)
	serving := func() error { return server.Serve(listener) }
	if server.TLSConfig != nil {
		serving = func() error { return server.ServeTLS(listener, "", "") } // the configuration has the certificate
	}
	go func() { served <- serving() }()
	select {
	case err := <-served: // the listener broke
		return err
	case <-ctx.Done():
	}
	goingDown()
	err := shutdown(server, patience)
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// shutdown lets the requests in flight finish, and cuts off those that do not: a
// client that does not read its answer must not keep the program from ending.
func shutdown(server *http.Server, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
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
)

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:     handler,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// serve answers requests until ctx is done; then it calls goingDown, and returns
// when the requests in flight are answered.
func serve(ctx context.Context, server *http.Server, listener net.Listener, goingDown func()) error {
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served: // the listener broke
		return err
	case <-ctx.Done():
	}
	goingDown()
	err := shutdown(server)
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// shutdown lets the requests in flight finish, and cuts off those that do not: a
// client that does not read its answer must not keep the program from ending.
func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

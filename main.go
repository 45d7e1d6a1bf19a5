// Session Store is a room's shared state as a program of its own: REST to write,
// server-sent events to observe.
//
//	flags ──▶ journal ──▶ rooms ──▶ routes ──▶ listen … signal ──▶ the same, back
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
	"session-store/sse"
)

//go:generate go tool swag init --quiet --requiredByDefault --generalInfo api.go --dir routes,model --output docs
//go:generate go run ./openapi/derive

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

func main() {
	config := parseConfig()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: config.LogLevel}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, stop, config, log); err != nil {
		fmt.Fprintln(os.Stderr, "session-store: error:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done, and returns when everything has ended.
func run(ctx context.Context, stop func(), config config, log *slog.Logger) error {
	verifier, err := config.verifier(ctx)
	if err != nil {
		return err
	}
	if verifier != nil {
		defer verifier.Close()
	}
	pump, err := sse.NewPump()
	if err != nil {
		return err
	}
	var pumping sync.WaitGroup
	pumping.Go(pump.Run)
	defer pumping.Wait()
	defer pump.Close()
	journal := memory.New()
	rooms := room.NewRegistry(room.Config{
		Journal: journal, NewSessionID: auth.NewSessionID,
		Limits: config.limits(), PeerTimeout: config.PeerTimeout, WriteRate: config.WriteRate,
		MaxRooms: config.MaxRooms, MaxStreams: config.MaxStreams, MaxPeerStreams: config.MaxPeerStreams,
		Pump: pump, Log: log,
	})
	handler := routes.New(routes.Config{
		Rooms: rooms, CORSOrigins: config.CORSOrigins, Verifier: verifier,
		JoinRate: config.JoinRate, TrustedProxies: config.TrustedProxies, Pump: pump, Log: log,
	})
	listening := listenConfig()
	listener, err := listening.Listen(ctx, "tcp", config.Addr)
	if err == nil {
		log.Info("session store is ready", "url", "http://"+listener.Addr().String())
		err = serve(ctx, newServer(handler, log), listener, func() {
			stop() // a second signal ends the program at once
			log.Info("going down")
			rooms.CloseStreams()
		})
	} else {
		err = fmt.Errorf("--addr: %w", err)
	}
	rooms.Close()
	return errors.Join(err, journal.Close())
}

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

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
	"os"
	"os/signal"
	"sync"
	"syscall"

	"session-store/auth"
	"session-store/room"
	"session-store/routes"
	"session-store/sse"
	"session-store/version"
)

//go:generate go tool swag init --quiet --requiredByDefault --generalInfo api.go --dir routes,model --output docs
//go:generate go run ./openapi/derive

func main() {
	config := parseConfig()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: config.LogLevel}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runOrAsk(ctx, stop, config, log); err != nil {
		fmt.Fprintln(os.Stderr, "session-store: error:", err)
		os.Exit(1)
	}
}

func runOrAsk(ctx context.Context, stop func(), config config, log *slog.Logger) error {
	if config.Health {
		return config.askHealth(ctx, os.Stdout)
	}
	return run(ctx, stop, config, log)
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
	tracer, endTraces, err := config.openTraces(ctx, log)
	if err != nil {
		return err
	}
	defer endTraces()
	journal, err := config.openJournal(ctx, log)
	if err != nil {
		return err
	}
	pump, err := sse.NewPump()
	if err != nil {
		return errors.Join(err, journal.Close())
	}
	var pumping sync.WaitGroup
	pumping.Go(pump.Run)
	defer pumping.Wait()
	defer pump.Close()
	rooms := room.NewRegistry(room.Config{
		Journal: journal, NewSessionID: auth.NewSessionID,
		Limits: config.limits(), PeerTimeout: config.PeerTimeout, WriteRate: config.WriteRate,
		MaxRooms: config.MaxRooms, MaxStreams: config.MaxStreams, MaxPeerStreams: config.MaxPeerStreams,
		MaxUnread: config.MaxUnread, Pump: pump, Tracer: tracer, Log: log,
	})
	handler := routes.New(routes.Config{
		Rooms: rooms, CORSOrigins: config.CORSOrigins, Verifier: verifier,
		JoinRate: config.JoinRate, TrustedProxies: config.TrustedProxies, AllowedHosts: config.AllowedHosts,
		Pump: pump, Tracer: tracer, Log: log,
	})
	err = listenAndServe(ctx, stop, config, handler, rooms, log)
	rooms.Close()
	return errors.Join(err, journal.Close())
}

// listenAndServe answers requests until ctx is done, and lets the rooms look after
// themselves meanwhile.
func listenAndServe(
	ctx context.Context, stop func(), config config, handler *routes.Handler, rooms *room.Registry, log *slog.Logger,
) error {
	certificate, err := config.openCertificate(log)
	if err != nil {
		return err
	}
	listening := listenConfig()
	listener, err := listening.Listen(ctx, "tcp", config.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	admin, err := config.openAdmin(ctx, handler, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	var watch sync.WaitGroup
	watch.Go(func() { rooms.Run(watching) })
	if certificate != nil {
		watch.Go(func() { certificate.follow(watching) })
	}
	if admin != nil {
		watch.Go(func() { admin.run(watching) })
	}
	defer watch.Wait()
	defer stopWatching()
	number, _ := version.Of()
	log.Info("session store is ready", "url", config.scheme()+"://"+listener.Addr().String(), "version", number)
	server := newServer(handler, certificate, log)
	server.ConnState = newConnections(idleAtMost(config.MaxIdle)).watch
	return serve(ctx, server, listener, shutdownTimeout, func() {
		stop() // a second signal ends the program at once
		log.Info("going down")
		rooms.CloseStreams()
	})
}

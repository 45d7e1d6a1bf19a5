package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof" // it also registers with a mux of its own, which nobody here serves
	"time"

	"session-store/routes"
)

// adminPatience is what its requests have when the server goes down. A profile ends
// at once by itself; what does not must not make a supervisor wait.
const adminPatience = time.Second

// admin is what is not for the public: profiles, the list of rooms, and metrics for
// those who scrape from the inside.
type admin struct {
	listener net.Listener
	handler  http.Handler
	log      *slog.Logger
}

// openAdmin gives what --admin-addr asks for; nil is nothing.
func (c config) openAdmin(ctx context.Context, handler *routes.Handler, log *slog.Logger) (*admin, error) {
	if c.AdminAddr == "" {
		return nil, nil
	}
	listening := net.ListenConfig{}
	listener, err := listening.Listen(ctx, "tcp", c.AdminAddr)
	if err != nil {
		return nil, fmt.Errorf("--admin-addr: %w", err)
	}
	log.Info("profiles, metrics and the list of rooms are served", "at", "http://"+listener.Addr().String()+"/debug/pprof/")
	profiles := http.NewServeMux()
	// Without pprof.Cmdline: a secret may stand in the command line.
	profiles.HandleFunc("GET /debug/pprof/", pprof.Index)
	profiles.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	profiles.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return &admin{listener: listener, handler: handler.Admin(profiles), log: log}, nil
}

func (c config) checkAdmin() error {
	if c.AdminAddr == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.AdminAddr); err != nil {
		return fmt.Errorf("--admin-addr: %q is not HOST:PORT", c.AdminAddr)
	}
	return nil
}

// run serves until ctx is done, and with it the profiles that are being taken.
func (a *admin) run(ctx context.Context) {
	server := &http.Server{
		Handler: a.handler, ReadHeaderTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		// No WriteTimeout: a profile takes as many seconds as it was asked for.
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	if err := serve(ctx, server, a.listener, adminPatience, func() {}); err != nil {
		// The rooms go on without it.
		a.log.Error("profiles and metrics are not served any more", "error", err)
	}
}

package e2e_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
	"session-store/sse"
)

// eachWriter runs a test against both writing ends of streams: the pump's, which
// the program has on Linux, and the portable one.
func eachWriter(t *testing.T, config room.Config, test func(t *testing.T, base string)) {
	t.Run("portable", func(t *testing.T) { test(t, serveWith(t, config, nil)) })
	t.Run("pumped", func(t *testing.T) { test(t, serve(t, config)) })
}

// serve runs a server inside the test, where the race detector sees it, and gives
// its address.
func serve(t *testing.T, config room.Config) string {
	t.Helper()
	pump, err := sse.NewPump()
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(pump.Run)
	t.Cleanup(func() {
		pump.Close()
		running.Wait()
	})
	return serveWith(t, config, pump)
}

func serveWith(t *testing.T, config room.Config, pump *sse.Pump) string {
	t.Helper()
	config.Journal, config.NewSessionID, config.Pump = memory.New(), auth.NewSessionID, pump
	rooms := room.NewRegistry(config)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: routes.New(routes.Config{Rooms: rooms, Pump: pump})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		rooms.CloseStreams()
		// The context of a test is over when its cleanup begins.
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-done
		rooms.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + listener.Addr().String()
}

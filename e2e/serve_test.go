package e2e_test

import (
	"net"
	"net/http"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
)

// serve runs a server inside the test, where the race detector sees it, and gives
// its address.
func serve(t *testing.T, config room.Config) string {
	t.Helper()
	config.Journal, config.NewSessionID = memory.New(), auth.NewSessionID
	rooms := room.NewRegistry(config)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: routes.New(routes.Config{Rooms: rooms})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		rooms.CloseStreams()
		if err := server.Shutdown(t.Context()); err != nil {
			_ = server.Close()
		}
		<-done
		rooms.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + listener.Addr().String()
}

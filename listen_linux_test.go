package main

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// An accepted connection has what the listening socket was told: with MPTCP, which is
// what Go listens for by itself, it has nothing of it.
func TestAcceptedConnectionsKeepLittleForSlowReaders(t *testing.T) {
	listening := listenConfig()
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	unsent := 0
	controlErr := raw.Control(func(fd uintptr) {
		unsent, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT)
	})
	if controlErr != nil || err != nil || unsent != unsentBytes {
		t.Errorf("the kernel keeps %d bytes, want %d (%v, %v)", unsent, unsentBytes, controlErr, err)
	}
}

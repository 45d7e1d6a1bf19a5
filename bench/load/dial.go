//go:build linux

package load

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// dial opens a socket without the Go runtime: its poller would be told of each
// frame on each of thousands of sockets, for nobody.
func dial(addr string) (int, error) {
	parsed, err := netip.ParseAddrPort(addr)
	if err != nil {
		return 0, err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open a socket: %w", err)
	}
	// Blocking: on the loopback a connection is made, or refused, at once.
	err = unix.Connect(socket, &unix.SockaddrInet4{Port: int(parsed.Port()), Addr: parsed.Addr().As4()})
	if err == nil {
		err = unix.SetsockoptInt(socket, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err == nil {
		err = unix.SetNonblock(socket, true)
	}
	if err != nil {
		_ = unix.Close(socket)
		return 0, fmt.Errorf("connect to %s: %w", addr, err)
	}
	return socket, nil
}

// send writes a request. It is smaller than any socket's buffer, and nothing is
// sent before the one before is answered: a short write is a fault.
func send(socket int, request []byte) error {
	for {
		n, err := unix.Write(socket, request)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("send a request: %w", err)
		case n < len(request):
			return fmt.Errorf("send a request: the socket took %d of %d bytes", n, len(request))
		}
		return nil
	}
}

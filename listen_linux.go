package main

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// unsentBytes is how much the kernel keeps for a reader that does not take it. By
// default it is up to 4 MiB, all of it old by the time that it is read; here what
// a slow reader is sent next is decided as late as possible.
const unsentBytes = 128 << 10

// listenConfig makes sockets whose accepted connections inherit unsentBytes.
func listenConfig() net.ListenConfig {
	return net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			// An older kernel keeps more: that is no reason not to serve.
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes)
		})
	}}
}

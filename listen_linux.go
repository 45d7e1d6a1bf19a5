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
	listening := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			// An older kernel keeps more: that is no reason not to serve.
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes)
		})
	}}
	// Go listens for MPTCP where the kernel knows it, and what such a socket accepts
	// inherits nothing: a reader that stops made the kernel keep 2.4 MB.
	listening.SetMultipathTCP(false)
	return listening
}

// idleAtMost is how many connections may wait for a request: as many as was wished, and
// at most a quarter of the descriptors that the process may have, as twice as many may wait
// for a moment. Once there is none left nobody is let in, and no file is opened.
func idleAtMost(wished int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || wished == 0 {
		return wished
	}
	return int(min(uint64(wished), max(1, limit.Cur/4)))
}

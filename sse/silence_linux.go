package sse

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// silentAfter is how long the far end may leave what was sent unacknowledged, or
// probes unanswered. A reader that only does not read answers each of them.
const (
	silentAfter  = 20 * time.Second
	silentProbes = 3
)

// isSilent reports whether the machine at the far end has gone without a word. The
// kernel itself would find out after 15 minutes.
func isSilent(raw syscall.RawConn) bool {
	silent := false
	_ = raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		silent = err == nil && saysSilent(info)
	})
	return silent
}

// saysSilent does not count what is unacknowledged: where the window was closed over a
// segment, the kernel keeps that and asks with it, ever more seldom, and a reader that
// answers each time seems silent in between. Retransmits are what was asked in vain.
func saysSilent(info *unix.TCPInfo) bool {
	return (info.Retransmits > 0 || info.Probes >= silentProbes) &&
		time.Duration(info.Last_ack_recv)*time.Millisecond > silentAfter
}

// Package loopback finds addresses for servers that must be known before they listen,
// or that are started again on the same address: NATS servers of a cluster name each
// other in their configuration.
//
// A port that was free on 127.0.0.1 is not free for long: another test takes it, or the
// system gives it to whoever connects somewhere. Two clusters that were to listen on one
// port never elect a leader.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// Addr is an address of this machine that nobody else is given: all of
// 127.0.0.0/8 is this machine, and the host is drawn from it. Where only 127.0.0.1 can be
// listened on (macOS), it is a port there that was free a moment ago.
func Addr() (netip.AddrPort, error) {
	own := fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	listener, err := net.Listen("tcp", own)
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return netip.AddrPort{}, err
	}
	return listener.Addr().(*net.TCPAddr).AddrPort(), listener.Close()
}

package e2e_test

import (
	"context"
	"os/exec"
	"testing"
	"time"
)

// silent is run in a network of its own: a peer observes from an address that then
// goes, and with it every packet to and from it. Nobody closes anything.
const silent = `
set -eu
ip link set lo up
ip addr add 10.77.0.2/32 dev lo
scheme=$2 curl="curl -sk $3"
"$1" --addr 127.0.0.1:8080 --peer-timeout 10s "${@:4}" &
trap 'kill $(jobs -p)' EXIT
room=$scheme://127.0.0.1:8080/rooms/r
join() { $curl --retry 20 --retry-connrefused --retry-delay 1 -X POST $room/join | grep -o '"token":"[^"]*' | cut -d'"' -f4; }
watcher=$(join)
victim=$(join)
exec 3< <($curl -N --interface 10.77.0.2 "$room/observe?keys=*&access_token=$victim")
exec 4< <($curl -N "$room/observe?keys=nothing&peers=true&access_token=$watcher")
read -r _ <&3 # the stream is open
ip addr del 10.77.0.2/32 dev lo
ip route add blackhole 10.77.0.2/32
while read -r line <&4; do
	case $line in
	*'"reason":"timeout"'*) exit 0 ;;
	esac
done
exit 1
`

// A machine that goes without a word, with its stream open, is found out, whatever the
// stream is over: the kernel by itself would keep the connection for a quarter of an
// hour.
func TestPeerWhoseMachineHasGoneIsRemoved(t *testing.T) {
	t.Parallel() // it waits for most of a minute
	cert, key := newCertificate(t).write(t, t.TempDir())
	encrypted := []string{"--tls-cert", cert, "--tls-key", key}
	for name, over := range map[string]struct {
		scheme, curl string
		flags        []string
	}{
		"HTTP/1.1":          {"http", "--http1.1", nil},
		"HTTP/1.0":          {"http", "--http1.0", nil},
		"HTTP/1.1 over TLS": {"https", "--http1.1", encrypted},
		"HTTP/2 over TLS":   {"https", "--http2", encrypted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
			defer cancel()
			begin := time.Now()
			// With its first process everything in a namespace of processes ends.
			shell := exec.CommandContext(ctx, "unshare", append([]string{"--map-root-user", "--net", "--pid", "--fork", "--kill-child",
				"bash", "-c", silent, "bash", binary, over.scheme, over.curl}, over.flags...)...)
			shell.Env = withoutFlags(shell.Environ())
			output, err := shell.CombinedOutput()
			if err != nil {
				t.Fatalf("after %v: %v (it needs unshare, of util-linux, and ip, of iproute2)\n%s", time.Since(begin), err, output)
			}
			t.Logf("removed after %v", time.Since(begin))
		})
	}
}

package e2e_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// Where descriptors are few, those who only hold connections get a part of them: there
// is one for whoever comes, for streams and for files.
func TestAbuseFewDescriptors(t *testing.T) {
	const descriptors = 200
	limited := []string{"bash", "-c", fmt.Sprintf(`ulimit -n %d && exec "$@"`, descriptors), "bash"}
	program := startBy(t, limited, "--data", t.TempDir(), "--sync", "always")
	n := newNeighbour(t, program.url)
	for range 4 * descriptors {
		conn, err := net.Dial("tcp", strings.TrimPrefix(program.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, smallest) // the server may have closed it by now
		n.write()
		if err := n.come(); err != nil {
			t.Fatal(err)
		}
	}
}

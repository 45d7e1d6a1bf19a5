package e2e_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// secure is the program with TLS.
type secure struct {
	*daemon
	url string // https://127.0.0.1:PORT
	dir string // of its certificate
}

// startTLS runs the program with the certificate, on a free port.
func startTLS(t *testing.T, made certificate, flags ...string) secure {
	t.Helper()
	dir := t.TempDir()
	cert, key := made.write(t, dir)
	cmd := exec.Command(binary, append([]string{"--addr", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key}, flags...)...)
	d := run(t, "", cmd)
	return secure{daemon: d, dir: dir, url: d.await(t, ` url=(https://\S+)`)}
}

// shows reports whether a new connection gets the certificate.
func (s secure) shows(want certificate) error {
	conn, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.String(); got != want.serial {
		return fmt.Errorf("the certificate has the serial number %s, want %s", got, want.serial)
	}
	return nil
}

// A new certificate is used as soon as it is there, an open stream goes on; what is
// no certificate is said once, and changes nothing.
func TestTLSCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	first, second, third := newCertificate(t), newCertificate(t), newCertificate(t)
	server := startTLS(t, first)
	p := joinWith(t, clientOf(t, first.cert, "", http2), server.url, "r")
	stream, err := p.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if err := server.shows(first); err != nil {
		t.Fatal(err)
	}

	second.write(t, server.dir)
	eventually(t, startTimeout, func() error { return server.shows(second) })
	must(t, http.StatusCreated)(p.Put(t.Context(), "k", "1"))
	for _, want := range []string{"snapshot", "update"} {
		if event, err := stream.Next(); err != nil || event.Name != want {
			t.Errorf("the stream from before has %v, %v, want %s", event, err, want)
		}
	}

	replaceFile(t, filepath.Join(server.dir, "key.pem"), first.key)
	const refusal = `level=ERROR msg="the new certificate cannot be used`
	server.await(t, refusal+".* error=.*(private key does not match)")
	if err := server.shows(second); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(server.dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	server.await(t, refusal+".* error=.*--tls-key.*(no such file)")
	if err := server.shows(second); err != nil {
		t.Error(err)
	}

	third.write(t, server.dir)
	eventually(t, startTimeout, func() error { return server.shows(third) })
	if text, _ := server.said(); strings.Count(text, refusal) != 2 {
		t.Errorf("two bad pairs were refused %d times:\n%s", strings.Count(text, refusal), text)
	}
}

func TestTLSFlags(t *testing.T) {
	t.Parallel()
	a, b, dir := newCertificate(t), newCertificate(t), t.TempDir()
	cert, key := a.write(t, dir)
	other := filepath.Join(dir, "other.pem")
	replaceFile(t, other, b.key)
	for want, flags := range map[string][]string{
		"--tls-cert and --tls-key: one without the other":  {"--tls-cert", cert},
		"--tls-cert: open " + dir + "/none: no such file":  {"--tls-cert", dir + "/none", "--tls-key", key},
		"--tls-key: open " + dir + "/none: no such file":   {"--tls-cert", cert, "--tls-key", dir + "/none"},
		"private key does not match":                       {"--tls-cert", cert, "--tls-key", other},
		`--admin-addr: "6060" is not HOST:PORT`:            {"--admin-addr", "6060"},
		"--admin-addr: listen tcp 192.0.2.1:6060: bind: c": {"--admin-addr", "192.0.2.1:6060"}, // RFC 5737: nobody's
	} {
		wantRefused(t, want, nil, flags)
	}
}

// countingClient is clientOf, and how many connections it has made.
func countingClient(t *testing.T, cert []byte) (*http.Client, func() int) {
	t.Helper()
	client := clientOf(t, cert, "", http2)
	transport := client.Transport.(*http.Transport)
	dials := make(chan struct{}, 1000)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials <- struct{}{}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return client, func() int { return len(dials) }
}

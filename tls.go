package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// lookEvery is how often the files of the certificate are looked at: two small
// reads, 17 µs. A new one is used after twice this time.
const lookEvery = time.Second

// certificate is what the server shows to clients of TLS. It is read again when its
// files change: those of Let's Encrypt live for weeks, the streams of a server
// should not be cut for each of them.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	// What follow alone uses: what was in the files when they were looked at last,
	// and what was there when they were last tried.
	seen, tried pair
}

// pair is what is in the two files, or why they cannot be read.
type pair struct{ cert, key, err string }

// openCertificate gives the certificate that the flags name; nil is plain HTTP.
func (c config) openCertificate(log *slog.Logger) (*certificate, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	opened := &certificate{certFile: c.TLSCert, keyFile: c.TLSKey, log: log}
	opened.tried = opened.read()
	if err := opened.use(opened.tried); err != nil {
		return nil, err
	}
	return opened, nil
}

// checkTLS looks at the flags of the certificate.
func (c config) checkTLS() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key: one without the other")
	}
	return nil
}

// config asks for the certificate in each handshake, so that a new one is used
// from the next connection on. The versions and ciphers are Go's own choice.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return c.current.Load(), nil
	}}
}

// follow looks at the files until ctx is done.
func (c *certificate) follow(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.look()
		case <-ctx.Done():
			return
		}
	}
}

// look tries what is in the files once it was the same twice: certificate and key
// are written one after the other, and in between they do not belong together.
// What is no good is said once, and the old one stays.
func (c *certificate) look() {
	now := c.read()
	settled := now == c.seen
	c.seen = now
	if !settled || now == c.tried {
		return
	}
	c.tried = now
	if err := c.use(now); err != nil {
		c.log.Error("the new certificate cannot be used: the old one stays", "error", err)
		return
	}
	c.log.Info("new connections get the new certificate", "until", c.current.Load().Leaf.NotAfter)
}

// read compares bytes and not times: a file that is copied with its time, or that
// a link now leads to, is a new one too.
func (c *certificate) read() pair {
	cert, err := os.ReadFile(c.certFile)
	if err != nil {
		return pair{err: fmt.Sprintf("--tls-cert: %v", err)}
	}
	key, err := os.ReadFile(c.keyFile)
	if err != nil {
		return pair{err: fmt.Sprintf("--tls-key: %v", err)}
	}
	return pair{cert: string(cert), key: string(key)}
}

func (c *certificate) use(p pair) error {
	if p.err != "" {
		return errors.New(p.err)
	}
	loaded, err := tls.X509KeyPair([]byte(p.cert), []byte(p.key))
	if err != nil {
		return fmt.Errorf("--tls-cert %s and --tls-key %s: %w", c.certFile, c.keyFile, err)
	}
	c.current.Store(&loaded)
	return nil
}

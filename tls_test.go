package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newPair is a certificate and its key, as PEM.
func newPair(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// A certificate that is written while the files are looked at is used when both files
// are there, and nothing is said of the moment in which they did not belong together.
func TestCertificateIsTriedWhenItsFilesAreStill(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	oldCert, oldKey := newPair(t)
	newCert, newKey := newPair(t)
	write("cert", oldCert)
	write("key", oldKey)
	var log bytes.Buffer
	config := config{TLSCert: filepath.Join(dir, "cert"), TLSKey: filepath.Join(dir, "key")}
	c, err := config.openCertificate(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	old := c.current.Load()
	for step, test := range []struct {
		do     func()
		isNew  bool
		logged string // with this step
	}{
		0: {do: func() {}},
		1: {do: func() { write("cert", newCert) }},
		2: {do: func() { write("key", newKey) }},
		3: {do: func() {}, isNew: true, logged: "level=INFO"},
		4: {do: func() {}, isNew: true},
		5: {do: func() { write("key", []byte("no key")) }, isNew: true},
		6: {do: func() {}, isNew: true, logged: "level=ERROR"},
		7: {do: func() {}, isNew: true}, // said once
		8: {do: func() { write("key", newKey) }, isNew: true},
		9: {do: func() {}, isNew: true, logged: "level=INFO"},
	} {
		log.Reset()
		test.do()
		c.look()
		if isNew := c.current.Load() != old; isNew != test.isNew {
			t.Errorf("step %d: the certificate is the new one: %v, want %v", step, isNew, test.isNew)
		}
		said := log.String()
		if test.logged == "" && said != "" || !strings.Contains(said, test.logged) || strings.Count(said, "\n") > 1 {
			t.Errorf("step %d: the log says %q, want %q", step, said, test.logged)
		}
	}
}

// What is looked at each second costs next to nothing.
func BenchmarkCertificateLook(b *testing.B) {
	dir := b.TempDir()
	for _, name := range []string{"cert", "key"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 4<<10), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	c := &certificate{certFile: filepath.Join(dir, "cert"), keyFile: filepath.Join(dir, "key")}
	c.tried = c.read()
	for b.Loop() {
		c.look()
	}
}

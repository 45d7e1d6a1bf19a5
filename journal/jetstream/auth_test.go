package jetstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"session-store/journal/jetstream"
)

// authority signs certificates, and writes them into files.
type authority struct {
	*testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{T: t, dir: t.TempDir()}
	a.cert, a.key = a.issue("ca", true)
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name+".pem") }

func (a *authority) issue(name string, ca bool) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: ca, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if ca {
		cert.KeyUsage, parent, signer = x509.KeyUsageCertSign, cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		a.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.Fatal(err)
	}
	a.write(name, "CERTIFICATE", der)
	a.write(name+"-key", "EC PRIVATE KEY", private)
	if cert, err = x509.ParseCertificate(der); err != nil {
		a.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(name, kind string, der []byte) {
	a.Helper()
	if err := os.WriteFile(a.file(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.Fatal(err)
	}
}

// Both sides show a certificate.
func TestTLS(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t), newAuthority(t)
	ca.issue("server", false)
	ca.issue("client", false)
	shown, err := tls.LoadX509KeyPair(ca.file("server"), ca.file("server-key"))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(ca.cert)
	srv := start(t, &server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
		TLS: true, TLSVerify: true, TLSTimeout: 5,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{shown}, ClientCAs: trusted, ClientAuth: tls.RequireAndVerifyClientCert},
	})
	config := jetstream.Config{
		URLs: []string{srv.ClientURL()}, CA: ca.file("ca"), Cert: ca.file("client"), Key: ca.file("client-key"),
	}
	j, err := jetstream.Connect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	open(t, j, "a").append(0, begins())

	config.CA = stranger.file("ca")
	if j, err := jetstream.Connect(t.Context(), config); err == nil {
		_ = j.Close()
		t.Error("a server of a stranger was trusted")
	}
}

// The rights that a user needs, and no more.
var rights = jwt.Permissions{
	Pub: jwt.Permission{Allow: jwt.StringList{
		"$JS.API.STREAM.INFO.SESSION_STORE", "$JS.API.STREAM.CREATE.SESSION_STORE",
		"$JS.API.STREAM.MSG.GET.SESSION_STORE", "$JS.API.DIRECT.GET.SESSION_STORE",
		"SESSION_STORE.room.*", "SESSION_STORE.node.*",
	}},
	Sub: jwt.Permission{Allow: jwt.StringList{"SESSION_STORE.heard.*", "SESSION_STORE.node.*", "_INBOX.>"}},
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	operator, account, system := key(t, nkeys.CreateOperator), key(t, nkeys.CreateAccount), key(t, nkeys.CreateAccount)
	resolver := &server.MemAccResolver{}
	claims := jwt.NewAccountClaims(public(t, account))
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: -1, MemoryStorage: -1, Streams: -1, Consumer: -1}
	store(t, resolver, claims, operator)
	store(t, resolver, jwt.NewAccountClaims(public(t, system)), operator)
	trusted := jwt.NewOperatorClaims(public(t, operator))
	if _, err := trusted.Encode(operator); err != nil {
		t.Fatal(err)
	}
	srv := start(t, &server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
		TrustedOperators: []*jwt.OperatorClaims{trusted}, AccountResolver: resolver, SystemAccount: public(t, system),
	})
	config := jetstream.Config{URLs: []string{srv.ClientURL()}, Credentials: credentials(t, account, rights)}
	j, err := jetstream.Connect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	other, err := jetstream.Connect(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	writer, reader := open(t, j, "a"), open(t, other, "a")
	last := writer.append(writer.append(0, begins()), written(1))
	reader.waitFor(0, last)
	eventually(t, "the nodes know each other", func() bool { return len(j.Nodes()) == 1 })

	deaf := rights
	deaf.Sub = jwt.Permission{Allow: jwt.StringList{"_INBOX.>"}}
	config.Credentials = credentials(t, account, deaf)
	if j, err := jetstream.Connect(t.Context(), config); err == nil {
		_ = j.Close()
		t.Error("a user that may hear nothing was let in")
	}
}

func key(t *testing.T, create func() (nkeys.KeyPair, error)) nkeys.KeyPair {
	t.Helper()
	pair, err := create()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func public(t *testing.T, pair nkeys.KeyPair) string {
	t.Helper()
	name, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func store(t *testing.T, resolver *server.MemAccResolver, claims *jwt.AccountClaims, operator nkeys.KeyPair) {
	t.Helper()
	token, err := claims.Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	if err := resolver.Store(claims.Subject, token); err != nil {
		t.Fatal(err)
	}
}

// credentials writes the file of a user.
func credentials(t *testing.T, account nkeys.KeyPair, rights jwt.Permissions) string {
	t.Helper()
	user := key(t, nkeys.CreateUser)
	claims := jwt.NewUserClaims(public(t, user))
	claims.Permissions = rights
	token, err := claims.Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	data, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "user.creds")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

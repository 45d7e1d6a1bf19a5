package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"time"

	"github.com/alecthomas/kong"

	"session-store/auth"
	"session-store/model"
	"session-store/routes"
	"session-store/version"
)

// config is the flags. All but those that ask something are environment variables too:
// --peer-timeout is SESSION_STORE_PEER_TIMEOUT.
type config struct {
	Addr          string        `default:"127.0.0.1:8080" help:"Address to listen on."`
	TLSCert       string        `name:"tls-cert" placeholder:"FILE" help:"Serve TLS with this certificate, those of its chain behind it; goes with --tls-key. Both are read again when they change."`
	TLSKey        string        `name:"tls-key" placeholder:"FILE" help:"Key of that certificate."`
	AdminAddr     string        `placeholder:"ADDR" help:"Address for profiles (pprof), metrics and the list of rooms, not for the public: 127.0.0.1:6060, for instance."`
	Data          string        `placeholder:"DIR" help:"Keep sessions in this folder, across restarts."`
	Sync          string        `enum:"always,interval" default:"interval" help:"With --data: when a write is on the disk, always before its answer, or within a second."`
	PeerTimeout   time.Duration `default:"30s" help:"How long a peer without a stream may be silent."`
	MaxValueBytes int           `default:"1024" help:"Largest value, in bytes of compact JSON."`
	MaxKeys       int           `default:"100" help:"Most keys of a session."`
	MaxTotalBytes int           `default:"65536" help:"Most bytes of all keys and values of a session."`

	NATS         []string `name:"nats" placeholder:"URL" help:"Share sessions with other nodes over these NATS servers, with commas between them."`
	NATSCreds    string   `name:"nats-creds" placeholder:"FILE" help:"Credentials for NATS."`
	NATSCA       string   `name:"nats-ca" placeholder:"FILE" help:"Certificates that NATS servers are trusted by, in the place of the system's."`
	NATSCert     string   `name:"nats-cert" placeholder:"FILE" help:"Certificate that NATS is shown; goes with --nats-key."`
	NATSKey      string   `name:"nats-key" placeholder:"FILE" help:"Key of that certificate."`
	NATSReplicas int      `name:"nats-replicas" default:"0" help:"How many NATS servers keep each session; 0 is three in a cluster, one without."`
	NATSStream   string   `name:"nats-stream" default:"SESSION_STORE" help:"Name of the stream that has the sessions: nodes with the same one share them."`

	JoinSecret string `help:"Let only those join whose JWT is signed with this secret (HS256), at least 32 bytes."`
	JoinJWKS   string `name:"join-jwks" help:"Let only those join whose JWT is signed with a key of this JWK set, a file or a URL."`

	WriteRate      float64  `default:"0" help:"Writes a second that a peer may do; 0 is no bound."`
	JoinRate       float64  `default:"1000" help:"Joins a second from one address; ten seconds' worth may come at once; 0 is no bound."`
	MaxRoomPeers   int      `default:"20000" help:"Most peers of a room; 0 is no bound."`
	MaxRooms       int      `default:"100000" help:"Most rooms with a session; 0 is no bound."`
	MaxStreams     int      `default:"200000" help:"Most open streams; 0 is no bound."`
	MaxPeerStreams int      `default:"1000" help:"Most open streams of one peer; 0 is no bound."`
	MaxUnread      int      `name:"max-unread-bytes" default:"268435456" help:"Most bytes that wait in memory because readers do not take them; the streams that have waited the longest are closed; 0 is no bound."`
	MaxIdle        int      `name:"max-idle-connections" default:"10000" help:"Most connections that wait for a request; one more closes the one that has waited the longest; 0 is no bound."`
	TrustedProxies []string `help:"Networks whose X-Forwarded-For is believed, with commas between them."`

	AllowedHosts []string   `placeholder:"HOST" help:"Names that requests may be for, besides addresses and localhost, with commas between them: session.example.com, or *.example.com for all below it. None is any name, but not at --admin-addr."`
	CORSOrigins  []string   `name:"cors-origins" default:"*" help:"Origins that may call from a browser, with commas between them; * is all."`
	LogLevel     slog.Level `default:"info" help:"debug (a line for each request), info, warn or error."`

	OTLPEndpoint string `name:"otlp-endpoint" placeholder:"URL" help:"Send traces to this collector, over OTLP/HTTP: http://127.0.0.1:4318, for instance. OTEL_EXPORTER_OTLP_ENDPOINT does the same."`

	Version kong.VersionFlag `env:"-" help:"Say which version this is, and end."`

	Health bool `env:"-" help:"Ask the server that runs at --addr whether it is ready, and end: with 0 if it is, with 1 if not."`
}

// parseConfig reads the flags. A wrong one ends the program with one line.
func parseConfig() config {
	var c config
	number, revision := version.Of()
	parsed := kong.Parse(&c,
		kong.Name("session-store"),
		kong.Description("A room's shared state: REST to write, server-sent events to observe."),
		kong.DefaultEnvars("SESSION_STORE"),
		kong.Vars{"version": "session-store " + number + " (" + revision + ")"},
	)
	parsed.FatalIfErrorf(checkGiven(parsed.Flags()))
	return c
}

// checkGiven refuses what keeps people out and was given without a value: where a variable
// of a script is not set, --join-secret "" would let everybody in.
func checkGiven(flags []*kong.Flag) error {
	for _, flag := range flags {
		switch flag.Name {
		case "join-secret", "join-jwks", "allowed-hosts":
			if flag.Set && flag.Target.Len() == 0 {
				return fmt.Errorf("--%s: is empty; leave it out if it is not meant", flag.Name)
			}
		}
	}
	return nil
}

// verifier checks the JWTs of those who join; nil lets anybody join.
func (c config) verifier(ctx context.Context) (*auth.Verifier, error) {
	switch {
	case c.JoinSecret != "":
		return auth.NewSecretVerifier(c.JoinSecret)
	case c.JoinJWKS != "":
		return auth.NewJWKSVerifier(ctx, c.JoinJWKS)
	}
	return nil, nil
}

// Validate is called by kong; the error names the flag that is wrong.
func (c config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("--addr: %q is not HOST:PORT", c.Addr)
	}
	if c.PeerTimeout < time.Second || c.PeerTimeout > 24*time.Hour {
		return fmt.Errorf("--peer-timeout: %v is not between 1s and 24h", c.PeerTimeout)
	}
	for _, limit := range []struct {
		flag  string
		value int
	}{
		{"--max-value-bytes", c.MaxValueBytes},
		{"--max-keys", c.MaxKeys},
		{"--max-total-bytes", c.MaxTotalBytes},
	} {
		// 64 MiB of state in a room is no session store any more, and a snapshot
		// of it would be sent to each who comes.
		if limit.value < 1 || limit.value > 64<<20 {
			return fmt.Errorf("%s: %d is not between 1 and %d", limit.flag, limit.value, 64<<20)
		}
	}
	if c.MaxValueBytes > c.MaxTotalBytes {
		return fmt.Errorf("--max-value-bytes: %d is more than --max-total-bytes, %d", c.MaxValueBytes, c.MaxTotalBytes)
	}
	for _, check := range []func() error{c.checkBounds, c.checkJournal, c.checkTLS, c.checkAdmin, c.checkHosts} {
		if err := check(); err != nil {
			return err
		}
	}
	if c.JoinSecret != "" && c.JoinJWKS != "" {
		return errors.New("--join-secret and --join-jwks: only one of them")
	}
	for _, network := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(network); err != nil && !isAddress(network) {
			return fmt.Errorf("--trusted-proxies: %q is not a network, like 10.0.0.0/8", network)
		}
	}
	return checkOrigins(c.CORSOrigins)
}

// checkBounds looks at what may be 0, but not less.
func (c config) checkBounds() error {
	for _, bound := range []struct {
		flag  string
		value float64
	}{
		{"--write-rate", c.WriteRate},
		{"--join-rate", c.JoinRate},
		{"--max-room-peers", float64(c.MaxRoomPeers)},
		{"--max-rooms", float64(c.MaxRooms)},
		{"--max-streams", float64(c.MaxStreams)},
		{"--max-peer-streams", float64(c.MaxPeerStreams)},
		{"--max-unread-bytes", float64(c.MaxUnread)},
		{"--max-idle-connections", float64(c.MaxIdle)},
	} {
		if !(bound.value >= 0 && bound.value <= math.MaxInt32) { // NaN is neither
			return fmt.Errorf("%s: %v is not between 0 and %d", bound.flag, bound.value, math.MaxInt32)
		}
	}
	return nil
}

func (c config) checkHosts() error {
	for _, host := range c.AllowedHosts {
		if !routes.IsHost(host) {
			return fmt.Errorf("--allowed-hosts: %q is not the name of a host, like session.example.com or *.example.com", host)
		}
	}
	return nil
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func checkOrigins(origins []string) error {
	if len(origins) == 0 {
		return errors.New("--cors-origins: names no origin; * is all")
	}
	for _, origin := range origins {
		if origin == "*" {
			continue
		}
		parsed, err := url.Parse(origin)
		if err != nil || parsed.Scheme == "" || parsed.Host == "" || parsed.Scheme+"://"+parsed.Host != origin {
			return fmt.Errorf("--cors-origins: %q is not an origin, like https://app.example.com", origin)
		}
	}
	return nil
}

func (c config) limits() model.Limits {
	return model.Limits{
		ValueBytes: c.MaxValueBytes, Keys: c.MaxKeys, TotalBytes: c.MaxTotalBytes, Peers: c.MaxRoomPeers,
	}
}

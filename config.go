package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/alecthomas/kong"

	"session-store/model"
)

// config is the flags, each also an environment variable: --peer-timeout is
// SESSION_STORE_PEER_TIMEOUT.
type config struct {
	Addr          string        `default:"127.0.0.1:8080" help:"Address to listen on."`
	PeerTimeout   time.Duration `default:"30s" help:"How long a peer without a stream may be silent."`
	MaxValueBytes int           `default:"1024" help:"Largest value, in bytes of compact JSON."`
	MaxKeys       int           `default:"100" help:"Most keys of a session."`
	MaxTotalBytes int           `default:"65536" help:"Most bytes of all keys and values of a session."`
	CORSOrigins   []string      `name:"cors-origins" default:"*" help:"Origins that may call from a browser, with commas between them; * is all."`
	LogLevel      slog.Level    `default:"info" help:"debug (a line for each request), info, warn or error."`
}

// parseConfig reads the flags. A wrong one ends the program with one line.
func parseConfig() config {
	var c config
	kong.Parse(&c,
		kong.Name("session-store"),
		kong.Description("A room's shared state: REST to write, server-sent events to observe."),
		kong.DefaultEnvars("SESSION_STORE"),
	)
	return c
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
	return checkOrigins(c.CORSOrigins)
}

func checkOrigins(origins []string) error {
	for _, origin := range origins {
		if origin == "*" {
			continue
		}
		parsed, err := url.Parse(origin)
		if err != nil || parsed.Scheme == "" || parsed.Host == "" || parsed.Path != "" {
			return fmt.Errorf("--cors-origins: %q is not an origin, like https://app.example.com", origin)
		}
	}
	return nil
}

func (c config) limits() model.Limits {
	return model.Limits{ValueBytes: c.MaxValueBytes, Keys: c.MaxKeys, TotalBytes: c.MaxTotalBytes}
}

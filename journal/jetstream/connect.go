package jetstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"

	"session-store/journal"
)

// Config is how a journal is kept on a NATS cluster. URLs must be set.
type Config struct {
	URLs []string
	// Credentials is a file with a user's JWT and key. The user must be allowed to
	// publish to $JS.API.STREAM.INFO.S, $JS.API.STREAM.CREATE.S,
	// $JS.API.STREAM.MSG.GET.S, $JS.API.DIRECT.GET.S, S.room.* and S.node.*, where
	// S is the stream, and to subscribe to S.heard.*, S.node.* and _INBOX.>
	Credentials string
	// CA, Cert and Key are files for TLS: whom to trust, and what to show.
	CA, Cert, Key string
	// Stream is the name of the stream, and what the subjects begin with;
	// SESSION_STORE.
	Stream string
	// Replicas is how many copies the stream has, if it is made here; 0 is three
	// on a cluster and one on a single server.
	Replicas int
	// MaxRecord is the most bytes of a record; 0 is what the servers take.
	MaxRecord int
	Log       *slog.Logger
}

func (c Config) check() error {
	if len(c.URLs) == 0 {
		return errors.New("no NATS server is named")
	}
	if (c.Cert == "") != (c.Key == "") {
		return errors.New("a certificate to show needs its key, and a key its certificate")
	}
	if c.Replicas < 0 || c.Replicas > 5 {
		return fmt.Errorf("JetStream keeps 1 to 5 copies, not %d", c.Replicas)
	}
	return checkStream(c.Stream)
}

// Connect opens the journal on a NATS cluster, which other processes share. A
// cluster that is not there yet is waited for, some time.
func Connect(ctx context.Context, config Config) (journal.Journal, error) {
	if config.Stream == "" {
		config.Stream = defaultStream
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	s := &stream{
		names: namesOf(config.Stream), log: logOr(config.Log), id: newNode(),
		link: newLink(nil, errors.New("the journal is starting")),
	}
	f := newFollower(s)
	conn, err := dial(ctx, config, f)
	if err != nil {
		return nil, err
	}
	f.conn, f.replicas = conn, config.Replicas
	if err := f.prepare(ctx, config); err != nil {
		f.hangUp()
		return nil, err
	}
	s.follower, s.stop = f, f.stop
	s.link.set(conn, nil)
	f.start()
	return s, nil
}

// prepare looks whether everything is as it must be, before anything is stored.
func (f *follower) prepare(ctx context.Context, config Config) error {
	s := f.stream
	most := int(min(f.conn.MaxPayload(), maxMessage))
	if config.MaxRecord == 0 {
		config.MaxRecord = most - headerRoom
	}
	s.maxRecord = config.MaxRecord + headerRoom
	if s.maxRecord > most {
		return fmt.Errorf("records are up to %d bytes here, and the NATS server takes %d (max_payload)", s.maxRecord, most)
	}
	if version := f.conn.ConnectedServerVersion(); older(version, 2, 11) {
		return fmt.Errorf("the NATS server has version %s: it must be 2.11 at least", version)
	}
	have, err := s.ensure(ctx, f.conn, config.Replicas, true)
	if err != nil {
		return fmt.Errorf("open the stream %s: %w", s.stream, err)
	}
	if want := max(config.Replicas, 1); have.Replicas < want || config.Replicas == 0 && have.Replicas < 3 && f.conn.ConnectedClusterName() != "" {
		s.log.Warn("the stream has few copies; it is left as it was found", "stream", s.stream, "copies", have.Replicas)
	}
	return f.join()
}

// older reports whether a version is before major.minor. One that cannot be read
// is let through.
func older(version string, major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(version, "%d.%d", &a, &b); n != 2 {
		return false
	}
	return a < major || a == major && b < minor
}

// dial makes the connection, which from then on comes back by itself.
func dial(ctx context.Context, config Config, f *follower) (*nats.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	options, err := config.options(f)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	for {
		conn, err := options.Connect()
		if err == nil {
			return conn, nil
		}
		var untrusted *tls.CertificateVerificationError
		var noURL *url.Error
		if errors.As(err, &noURL) {
			return nil, errors.New("connect to NATS: an address is no URL") // and may have a password in it
		}
		if errors.Is(err, nats.ErrAuthorization) || errors.As(err, &untrusted) || !pause(ctx, 200*time.Millisecond, deadline) {
			return nil, fmt.Errorf("connect to NATS: %w", err)
		}
	}
}

func (c Config) options(f *follower) (nats.Options, error) {
	options := nats.GetDefaultOptions()
	options.Servers = c.URLs
	given := []nats.Option{
		nats.Name("session-store"), nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		// A record that waited in a buffer would be stored long after its writer
		// was told that it was not.
		nats.ReconnectBufSize(-1),
		// A server that has gone without a word is noticed after six seconds.
		nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2),
		nats.Timeout(2 * time.Second), nats.FlusherTimeout(2 * time.Second),
		// Credentials may be renewed while this runs.
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(f.disconnected), nats.ReconnectHandler(f.reconnected),
		nats.ClosedHandler(func(*nats.Conn) { close(f.hungUp) }), nats.ErrorHandler(f.failed),
	}
	if c.Credentials != "" {
		given = append(given, nats.UserCredentials(c.Credentials))
	}
	if c.CA != "" {
		given = append(given, nats.RootCAs(c.CA))
	}
	if c.Cert != "" {
		given = append(given, nats.ClientCert(c.Cert, c.Key))
	}
	for _, option := range given {
		if err := option(&options); err != nil {
			return options, fmt.Errorf("connect to NATS: %w", err)
		}
	}
	return options, nil
}

func logOr(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

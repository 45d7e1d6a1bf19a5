package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/journal/memory"
)

// openJournal gives the journal that the flags ask for.
func (c config) openJournal(ctx context.Context, log *slog.Logger) (journal.Journal, error) {
	switch {
	case c.Data != "":
		j, err := jetstream.Embed(ctx, jetstream.EmbedConfig{
			Dir: c.Data, SyncAlways: c.Sync == "always", MaxRecord: c.maxRecord(), Log: log,
		})
		return j, prefix("--data", err)
	case len(c.NATS) > 0:
		j, err := jetstream.Connect(ctx, jetstream.Config{
			URLs: c.NATS, Credentials: c.NATSCreds, CA: c.NATSCA, Cert: c.NATSCert, Key: c.NATSKey,
			Replicas: c.NATSReplicas, Stream: c.NATSStream, MaxRecord: c.maxRecord(), Log: log,
		})
		return j, prefix("--nats", err)
	}
	return memory.New(), nil
}

func prefix(flag string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// checkJournal looks at the flags of the journal.
func (c config) checkJournal() error {
	switch {
	case c.Data != "" && len(c.NATS) > 0:
		return errors.New("--data and --nats: only one of them; the folder belongs to one process")
	case c.Data == "" && c.Sync == "always":
		return errors.New("--sync: always is for --data; without it nothing is on a disk of this program")
	case (c.NATSCert == "") != (c.NATSKey == ""):
		return errors.New("--nats-cert and --nats-key: one without the other")
	case c.NATSReplicas < 0 || c.NATSReplicas > 5:
		return fmt.Errorf("--nats-replicas: %d is not between 0 and 5", c.NATSReplicas)
	}
	for _, url := range c.NATS {
		scheme, _, given := strings.Cut(url, "://")
		if given && !slices.Contains([]string{"nats", "tls", "ws", "wss"}, scheme) {
			// Not the whole of it: there may be a password in it.
			return fmt.Errorf("--nats: %.20s:// is not how an address of NATS begins, like nats://10.0.0.1:4222", scheme)
		}
	}
	return nil
}

// maxRecord is how many bytes one change of a session can take in the journal, with
// what is stored together with it: all keys, each of them escaped and with what
// stands beside it.
func (c config) maxRecord() int { return 2*c.MaxTotalBytes + 512*c.MaxKeys + 256<<10 }

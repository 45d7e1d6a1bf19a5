package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"session-store/journal"
)

// defaultStream is what the stream is called, unless it is told otherwise.
const defaultStream = "SESSION_STORE"

// EmbedConfig is how a journal is kept in a folder. Dir must be set.
type EmbedConfig struct {
	Dir string
	// SyncAlways lets no append return before it is on the disk. Otherwise the
	// disk has it within a second: the end of the process loses nothing, that of
	// the machine the last second.
	SyncAlways bool
	// MaxRecord is the most bytes of a record; 1 MiB.
	MaxRecord int
	Log       *slog.Logger
}

func (c EmbedConfig) withDefaults() (EmbedConfig, error) {
	if c.MaxRecord == 0 {
		c.MaxRecord = 1 << 20
	}
	if most := maxMessage - headerRoom; c.MaxRecord > most {
		return c, fmt.Errorf("records are up to %d bytes here, and a journal on disk takes %d", c.MaxRecord, most)
	}
	c.Log = logOr(c.Log)
	return c, nil
}

// Embed opens the journal in a folder, with a NATS server in this process that
// listens nowhere. One process at a time can have it.
func Embed(ctx context.Context, config EmbedConfig) (journal.Journal, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(config.Dir)
	if err != nil {
		return nil, err
	}
	s := &stream{
		names: namesOf(defaultStream), log: config.Log, maxRecord: config.MaxRecord + headerRoom,
		alone: true, id: newNode(), link: newLink(nil, errors.New("the journal is starting")),
	}
	g := newGuard(s, config)
	if err := g.begin(ctx); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	s.stop = func() error {
		s.link.set(nil, journal.ErrClosed)
		g.end()
		return lock.Unlock()
	}
	return s, nil
}

// lockFolder makes the folder this process's own. The lock goes with the process,
// however it ends.
func lockFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the journal: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the folder of the journal: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("the folder %s is in use: another process has its journal there", dir)
	}
	return lock, nil
}

package jetstream

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// guardEvery is how often the disk and the server are looked at, and how often a
// server that has failed is tried again.
const guardEvery = 500 * time.Millisecond

// guard looks after the server in this process. A NATS server that could not write
// once does not write again until it is started anew, and answers nobody
// meanwhile: the guard does that as soon as the disk takes something again. The
// logs that are open go on, since numbers stay.
//
//	server ── error ──▶ link: why ──▶ appends and reads fail
//	                      │
//	guard ── end ── try the disk ── run ──▶ link: the new connection
type guard struct {
	stream *stream
	config EmbedConfig
	server embedded
	failed chan struct{} // has something when the server has failed

	cancel context.CancelFunc
	group  sync.WaitGroup
}

func newGuard(s *stream, config EmbedConfig) *guard {
	return &guard{stream: s, config: config, failed: make(chan struct{}, 1)}
}

func (g *guard) begin(ctx context.Context) error {
	if err := g.run(ctx); err != nil {
		return err
	}
	ctx, g.cancel = context.WithCancel(context.Background())
	g.group.Go(func() { g.watch(ctx) })
	return nil
}

func (g *guard) end() {
	g.cancel()
	g.group.Wait()
	g.server.end()
}

func (g *guard) run(ctx context.Context) error {
	server, err := run(ctx, g.stream.names, g.config, g.trouble)
	if err != nil {
		return err
	}
	g.server = server
	g.stream.link.set(server.conn, nil)
	return nil
}

// trouble is called by the server before it lets go of the lock that a failed write
// was done under: nobody can be given what is not on the disk.
func (g *guard) trouble(line string) {
	g.stream.link.set(nil, fmt.Errorf("the journal cannot be written: %s", line))
	select {
	case g.failed <- struct{}{}:
	default:
	}
}

func (g *guard) watch(ctx context.Context) {
	ticker := time.NewTicker(guardEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.failed:
			g.restart(ctx, ticker.C)
		case <-ticker.C:
			g.look()
		}
	}
}

// look finds out what may go wrong before it does, and what has without a word.
func (g *guard) look() {
	store(&g.stream.health.disk, space(g.config.Dir))
	if err := g.server.health(); err != nil && g.stream.link.err() == nil {
		g.trouble(err.Error())
		return
	}
	g.stream.rooms.wakeSuspicious()
}

// restart ends the server, and runs another one when the disk is well.
func (g *guard) restart(ctx context.Context, tick <-chan time.Time) {
	why := g.stream.link.err()
	g.stream.log.Error("the journal is closed until the disk is well", "error", why)
	g.server.end()
	g.server = embedded{}
	select {
	case <-g.failed: // what else it said while it went down
	default:
	}
	for {
		err := probe(g.config.Dir)
		if err == nil {
			err = g.run(ctx)
		}
		if err == nil {
			break
		}
		g.stream.link.set(nil, fmt.Errorf("the journal cannot be written: %w", err))
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
	g.stream.log.Warn("the journal is open again")
	g.look()
}

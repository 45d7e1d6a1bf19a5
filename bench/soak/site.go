//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"session-store/bench/child"
)

// peerTimeout is shorter than usual, so that many vanish in a short time.
const peerTimeout = 10 * time.Second

// site is the program over one journal: a node, or two that share it.
type site struct {
	journal string
	rooms   int
	pause   time.Duration // at most, between two acts
	nodes   []*child.Child
	nats    *server.Server

	count  counters
	mu     sync.Mutex
	broken string // the first promise
}

type counters struct {
	lives, writes, refused, events, cuts, checks, broken atomic.Int64
}

func startSites(ctx context.Context, program, dir string) (sites []*site, err error) {
	memory, data, shared := &site{journal: "memory"}, &site{journal: "data"}, &site{journal: "nats"}
	sites = []*site{memory, data, shared}
	if shared.nats, err = startNATS(filepath.Join(dir, "nats")); err != nil {
		return sites, err
	}
	for _, start := range []struct {
		site  *site
		flags []string
	}{
		{memory, nil},
		{data, []string{"--data", filepath.Join(dir, "data")}},
		{shared, []string{"--nats", shared.nats.ClientURL()}},
		{shared, []string{"--nats", shared.nats.ClientURL()}},
	} {
		flags := append([]string{"--addr", "127.0.0.1:0", "--join-rate", "0", "--peer-timeout", peerTimeout.String()}, start.flags...)
		node, err := child.Start(ctx, child.Spec{Path: program, Args: flags})
		if err != nil {
			return sites, err
		}
		start.site.nodes = append(start.site.nodes, node)
	}
	return sites, nil
}

func startNATS(dir string) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, JetStream: true, StoreDir: dir, JetStreamMaxStore: 1 << 40, JetStreamMaxMemory: 1 << 26,
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return nil, fmt.Errorf("the NATS server does not start")
	}
	return s, nil
}

func (s *site) stop() {
	for _, node := range s.nodes {
		node.Stop()
	}
	if s.nats != nil {
		s.nats.Shutdown()
		s.nats.WaitForShutdown()
	}
}

// url is that of one of the nodes.
func (s *site) url(i int) string { return "http://" + s.nodes[i%len(s.nodes)].Addr }

// breaks notes a promise that was not kept.
func (s *site) breaks(format string, args ...any) {
	s.count.broken.Add(1)
	what := fmt.Sprintf(format, args...)
	_, _ = fmt.Fprintln(os.Stderr, what)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == "" {
		s.broken = what
	}
}

// soak is all of it for one site.
func (s *site) soak(ctx context.Context, o options) report {
	s.rooms, s.pause = max(1, o.actors/meeting), o.pause
	s.play(ctx, o.actors, o.length/10, nil)
	growths := make([]growth, len(s.nodes))
	for i, before := range s.drain(ctx, o.settle) {
		growths[i].Before = before
	}
	s.play(ctx, o.actors, o.length, growths)
	for i, after := range s.drain(ctx, o.settle) {
		growths[i].After = after
	}
	c := &s.count
	return report{
		Journal: s.journal, Lives: c.lives.Load(), Writes: c.writes.Load(), Refused: c.refused.Load(), Events: c.events.Load(),
		Cuts: c.cuts.Load(), Checks: c.checks.Load(), Broken: c.broken.Load(), First: s.broken, Nodes: growths,
	}
}

// play lets actors live one life after the other. growths take the most that was
// seen; they may be nil.
func (s *site) play(ctx context.Context, actors int, length time.Duration, growths []growth) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var group sync.WaitGroup
	for i := range actors {
		group.Go(func() {
			for ctx.Err() == nil {
				a := newActor(s, i)
				a.live(ctx)
				s.count.lives.Add(1)
			}
		})
	}
	for tick := time.NewTicker(5 * time.Second); ; {
		select {
		case <-tick.C:
			for i, now := range s.samples(ctx) {
				if growths != nil {
					growths[i].Most = growths[i].Most.most(now)
				}
			}
			continue
		case <-ctx.Done():
			tick.Stop()
		}
		break
	}
	group.Wait()
}

// meeting is how many actors there are for a room.
const meeting = 20

// roomOf is a room; some names have what a URL or a subject of NATS must escape.
func roomOf(i int) string { return strings.Repeat(".", i%2) + fmt.Sprint("soak:", i) }

//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"session-store/bench/child"
	"session-store/bench/load"
)

// The servers.
const (
	theFloor = "floor"
	theUsual = "usual"
	product  = "product"
)

// Sockets of 9,000 readers on each side, and some more.
const openFiles = 20_000

// rig is what all measurements need.
type rig struct {
	pins       child.Pins
	spin       bool // the load never sleeps
	size       size
	self       string // this executable
	product    string // the product's
	built      string // a directory to remove, empty if the product was given
	frameBytes int    // of the product's update event; the floor's has the same
	log        io.Writer
}

func newRig(ctx context.Context, o options, log io.Writer) (_ *rig, err error) {
	if err := child.RaiseFiles(openFiles); err != nil {
		return nil, err
	}
	r := &rig{pins: o.pins, spin: o.pins.Apart() && !o.wait, size: o.size, product: o.product, log: log}
	if r.self, err = os.Executable(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.product == "" {
		if err := r.build(ctx); err != nil {
			return nil, err
		}
	}
	if r.frameBytes, err = r.probe(ctx); err != nil {
		return nil, fmt.Errorf("try the product: %w", err)
	}
	return r, nil
}

func (r *rig) close() {
	if r.built != "" {
		_ = os.RemoveAll(r.built)
	}
}

// build builds the product into a directory of its own.
func (r *rig) build(ctx context.Context) (err error) {
	if r.built, err = os.MkdirTemp("", "session-store-bench"); err != nil {
		return err
	}
	r.product, err = child.Build(ctx, r.built)
	return err
}

// probe is the size of the product's event for one write.
func (r *rig) probe(ctx context.Context) (frameBytes int, err error) {
	s, err := r.stage(ctx, product)
	if err != nil {
		return 0, err
	}
	defer s.close()
	crowd := load.NewCrowd(s.loop, false)
	crowd.Seen = func(event []byte) { frameBytes = len(event) + len("\n\n") }
	token, err := s.crowdIn(ctx, crowd, "probe", 1)
	if err != nil {
		return 0, err
	}
	writer, err := s.writer()
	if err != nil {
		return 0, err
	}
	if err := writer.Write(ctx, s.dialect.Put("probe", theKey, token).Numbered(1)); err != nil {
		return 0, err
	}
	return frameBytes, s.delivered(ctx, crowd, 1)
}

// measure runs the measure on each of its servers. Who begins changes with the
// round: what a machine does to the one that comes first is shared out.
func (r *rig) measure(ctx context.Context, m measure, round int, result *result) {
	if m.apart != nil {
		r.measureApart(ctx, m, round, result)
		return
	}
	for i := range m.servers {
		server := m.servers[(i+round)%len(m.servers)]
		began := time.Now()
		values, err := r.sample(ctx, m, server)
		if err != nil {
			result.fail(round, m.name, server, err)
		}
		result.add(round, server, values)
		_, _ = fmt.Fprintf(r.log, "round %d  %-9s %-8s %5.1fs %v\n", round+1, m.name, server, time.Since(began).Seconds(), errOr(err, values))
	}
}

func (r *rig) measureApart(ctx context.Context, m measure, round int, result *result) {
	began := time.Now()
	values, err := m.apart(ctx, r)
	if err != nil {
		result.fail(round, m.name, product, err)
	}
	result.add(round, theRaw, values.Raw)
	result.add(round, product, values.Product)
	_, _ = fmt.Fprintf(r.log, "round %d  %-9s %5.1fs %v %v\n", round+1, m.name, time.Since(began).Seconds(), values, err)
}

func errOr(err error, values map[string]float64) any {
	if err != nil {
		return err
	}
	return values
}

// sample runs the measure once, on a server that has just been started.
func (r *rig) sample(ctx context.Context, m measure, server string) (map[string]float64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, sampleTimeout, errors.New("the measurement takes too long"))
	defer cancel()
	s, err := r.stage(ctx, server, m.env...)
	if err != nil {
		return nil, err
	}
	defer s.close()
	values, err := m.run(ctx, s)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return values, err
}

// stage starts a server, with a loop for its load.
func (r *rig) stage(ctx context.Context, server string, env ...string) (*stage, error) {
	spec := child.Spec{Pins: r.pins, Env: env, Path: r.self}
	switch server {
	case theFloor:
		spec.Args = []string{serveCommand, theFloor, strconv.Itoa(r.frameBytes)}
	case theUsual:
		spec.Args = []string{serveCommand, theUsual}
	case product:
		// All peers come from one address, and most of them are silent.
		spec.Path, spec.Args = r.product, []string{"--addr", "127.0.0.1:0", "--join-rate", "0", "--peer-timeout", "10m"}
	}
	running, err := child.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	loop, err := load.NewLoop()
	if err != nil {
		running.Stop()
		return nil, err
	}
	loop.Spin = r.spin
	s := &stage{server: server, size: r.size, child: running, loop: loop, web: &http.Client{Transport: &http.Transport{}, Timeout: joinTimeout}}
	s.dialect = load.Floor{}
	if server != theFloor {
		s.dialect = load.HTTP{Addr: running.Addr, Joins: server == product, Client: s.web}
	}
	return s, nil
}

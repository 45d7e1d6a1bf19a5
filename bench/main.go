//go:build linux

// Bench measures what a fan-out costs: the product beside the floor, which is the
// price of the kernel, and beside the usual way to write such a server. And what it
// costs to keep a session, beside raw JetStream.
//
//	for each round, for each measure, for each server (in turns):
//
//	 rig.stage ──▶ child: floor, usual or product, pinned to one CPU
//	     │
//	 measure.run ──▶ load: readers and writers on raw sockets, on the other CPUs
//	     │               └──▶ counts deliveries; the CPU time comes from the kernel
//	     ▼
//	 values ──▶ result: min, median, max, ratios beside their goals ──▶ table, JSON
//
// The measure journals has servers of its own: a child of this program runs them.
// All traffic stays on 127.0.0.1. README.md says what each figure means.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"session-store/bench/child"
)

type options struct {
	rounds  int
	size    size
	pins    child.Pins
	wait    bool
	only    string
	out     string
	date    string
	product string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		err = serve(ctx, os.Args[2:])
	} else {
		err = measureAll(ctx, parseOptions())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

func parseOptions() options {
	var o options
	var names []string
	for _, m := range measures() {
		names = append(names, m.name)
	}
	flag.IntVar(&o.rounds, "rounds", 5, "how often each server is measured")
	tried := flag.Bool("short", false, "fewer readers, writes and seconds: a first impression, no result")
	flag.BoolVar(&o.wait, "wait", false, "let the load sleep when there is nothing to read, and the server pay for waking it")
	flag.StringVar(&o.only, "only", "", "measure only these, with commas between them: "+strings.Join(names, ", "))
	flag.StringVar(&o.out, "out", "", "a file for every number that was measured, as JSON")
	flag.StringVar(&o.date, "date", time.Now().UTC().Format(time.DateOnly), "the date that stands in the file")
	flag.StringVar(&o.product, "product", "", "a built program to measure, in the place of one built from here")
	flag.Parse()
	o.size = full()
	if *tried {
		o.size = short()
	}
	return o
}

// measureAll is the command: it divides the CPUs, and measures.
func measureAll(ctx context.Context, o options) (err error) {
	if flag.NArg() > 0 {
		return fmt.Errorf("there are no arguments besides flags: %q", flag.Args())
	}
	if o.pins, err = child.Divide(); err != nil {
		return err
	}
	if err := o.pins.PinSelf(); err != nil {
		return err
	}
	return run(ctx, o, os.Stdout, os.Stderr)
}

// run measures, and reports to out; what it is doing goes to log. Failed
// measurements do not stop the others; they make the error.
func run(ctx context.Context, o options, out, log io.Writer) error {
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	if o.rounds < 1 {
		return errors.New("-rounds: at least 1")
	}
	rig, err := newRig(ctx, o, log)
	if err != nil {
		return err
	}
	defer rig.close()
	result := newResult(o, rig)
	for round := range o.rounds {
		for _, m := range chosen {
			rig.measure(ctx, m, round, result)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	result.conclude()
	if err := result.table(out); err != nil {
		return err
	}
	if o.out != "" {
		if err := result.write(o.out); err != nil {
			return err
		}
	}
	if len(result.Failures) > 0 {
		return fmt.Errorf("%d measurements failed", len(result.Failures))
	}
	return nil
}

// choose gives the measures with the names, all without names.
func choose(only string) ([]measure, error) {
	all := measures()
	if only == "" {
		return all, nil
	}
	var chosen []measure
	for name := range strings.SplitSeq(only, ",") {
		before := len(chosen)
		for _, m := range all {
			if m.name == strings.TrimSpace(name) {
				chosen = append(chosen, m)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("-only: there is no measure %q", name)
		}
	}
	return chosen, nil
}

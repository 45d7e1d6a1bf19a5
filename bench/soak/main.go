//go:build linux

// Soak lets peers come, write, observe, vanish and come back, for as long as one
// likes, over every journal at once; all along it holds the servers to their
// promises, and in the end it looks whether they are as small as in the beginning.
//
//	site: memory ─┐
//	site: data   ─┼─ actors ─▶ peer.Peer, peer.Replica ─▶ broken promises
//	site: nats ×2┘
//	      └─ /metrics ─▶ samples: memory, descriptors, goroutines
//
//	warm up ─ drain: the baseline ─ soak ─ drain: the end, beside the baseline
//
// A drain is when all peers have gone, by leaving or by their timeout: then there is
// no session, and a server that holds more than before has forgotten something.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"session-store/bench/child"
)

type options struct {
	length  time.Duration
	settle  time.Duration // what a garbage collector is given
	actors  int
	pause   time.Duration
	out     string
	product string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.DurationVar(&o.length, "for", time.Minute, "how long to soak, after a warm-up of a tenth of it")
	flag.DurationVar(&o.settle, "settle", 15*time.Second, "how long a server without peers is looked at")
	flag.IntVar(&o.actors, "actors", 800, "how many peers there are at once, for each journal")
	flag.DurationVar(&o.pause, "pause", time.Second, "the longest pause of a peer between two acts")
	flag.StringVar(&o.out, "out", "", "a file for the result, as JSON")
	flag.StringVar(&o.product, "product", "", "a built program, in the place of one built from here")
	flag.Parse()
	if o.actors < 1 || o.pause <= 0 {
		fmt.Fprintln(os.Stderr, "soak: error: -actors and -pause are more than 0")
		os.Exit(2)
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak: error:", err)
		os.Exit(1)
	}
}

// run soaks all sites, reports, and fails if one of them has broken a promise or
// has grown.
func run(ctx context.Context, o options) error {
	if err := child.RaiseFiles(20_000); err != nil {
		return err
	}
	// Peers call more often than the two idle connections of the default allow.
	web := http.DefaultTransport.(*http.Transport)
	web.MaxIdleConns, web.MaxIdleConnsPerHost = 0, o.actors
	dir, err := os.MkdirTemp("", "session-store-soak")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.product == "" {
		if o.product, err = child.Build(ctx, dir); err != nil {
			return err
		}
	}
	sites, err := startSites(ctx, o.product, dir)
	defer func() {
		for _, s := range sites {
			s.stop()
		}
	}()
	if err != nil {
		return err
	}
	result := result{Date: time.Now().UTC().Format(time.DateOnly), Seconds: o.length.Seconds(), Actors: o.actors}
	var group sync.WaitGroup
	reports := make([]report, len(sites))
	for i, s := range sites {
		group.Go(func() { reports[i] = s.soak(ctx, o) })
	}
	group.Wait()
	result.Sites = reports
	return result.conclude(os.Stdout, o.out)
}

// result is the file.
type result struct {
	Date    string   `json:"date"`
	Seconds float64  `json:"seconds"`
	Actors  int      `json:"actors"` // at once, for each journal
	Sites   []report `json:"sites"`
}

// report is what one site has come to.
type report struct {
	Journal string `json:"journal"`
	Lives   int64  `json:"lives"` // peers that have come and gone
	Writes  int64  `json:"writes"`
	Refused int64  `json:"refused"` // by a condition or a limit, as they had to be
	Events  int64  `json:"events"`
	Cuts    int64  `json:"cuts"`   // and resumes
	Checks  int64  `json:"checks"` // replicas that were compared with the store
	Broken  int64  `json:"broken"` // promises
	First   string `json:"first,omitempty"`

	Nodes []growth `json:"nodes"`
}

// growth is a node when nobody was there, before and after.
type growth struct {
	Before, After sample
	Most          sample
}

func (r result) conclude(out *os.File, file string) error {
	var faults []error
	for _, site := range r.Sites {
		_, _ = fmt.Fprintf(out, "%-7s %d lives, %d writes, %d refused, %d events, %d cuts, %d checks, %d promises broken\n",
			site.Journal, site.Lives, site.Writes, site.Refused, site.Events, site.Cuts, site.Checks, site.Broken)
		if site.Broken > 0 {
			faults = append(faults, fmt.Errorf("%s: %d promises broken, the first: %s", site.Journal, site.Broken, site.First))
		}
		for _, node := range site.Nodes {
			_, _ = fmt.Fprintf(out, "        before %v, most %v, after %v\n", node.Before, node.Most, node.After)
			if err := node.isFlat(); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", site.Journal, err))
			}
		}
	}
	if file != "" {
		text, err := json.MarshalIndent(r, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

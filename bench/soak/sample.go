//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sample is what a node takes at a moment.
type sample struct {
	HeapKiB     float64 `json:"heap_kib"`
	ResidentKiB float64 `json:"resident_kib"`
	Descriptors float64 `json:"descriptors"`
	Goroutines  float64 `json:"goroutines"`
	Sessions    float64 `json:"sessions"`
	Streams     float64 `json:"streams"`
	// collections are those of garbage, so far.
	collections float64
}

func (s sample) String() string {
	return fmt.Sprintf("%.0f KiB heap, %.0f KiB resident, %.0f descriptors, %.0f goroutines", s.HeapKiB, s.ResidentKiB, s.Descriptors, s.Goroutines)
}

// names are the metrics that a sample is made of.
var names = map[string]func(*sample) *float64{
	"go_memstats_heap_alloc_bytes":  func(s *sample) *float64 { return &s.HeapKiB },
	"process_resident_memory_bytes": func(s *sample) *float64 { return &s.ResidentKiB },
	"process_open_fds":              func(s *sample) *float64 { return &s.Descriptors },
	"go_goroutines":                 func(s *sample) *float64 { return &s.Goroutines },
	"session_store_sessions":        func(s *sample) *float64 { return &s.Sessions },
	"session_store_streams":         func(s *sample) *float64 { return &s.Streams },
	"go_gc_duration_seconds_count":  func(s *sample) *float64 { return &s.collections },
}

func (s *site) samples(ctx context.Context) (all []sample) {
	for i := range s.nodes {
		one, err := sampleOf(ctx, s.url(i))
		if err != nil && ctx.Err() == nil {
			s.breaks("metrics: %v", err)
		}
		all = append(all, one)
	}
	return all
}

func sampleOf(ctx context.Context, url string) (s sample, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", http.NoBody)
	if err != nil {
		return s, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, err
	}
	defer func() { _ = answer.Body.Close() }()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if field, wanted := names[name]; wanted {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return s, err
			}
			if strings.HasSuffix(name, "_bytes") {
				value /= 1024
			}
			*field(&s) = value
		}
	}
	return s, nil
}

func (s sample) most(other sample) sample {
	return sample{
		max(s.HeapKiB, other.HeapKiB), max(s.ResidentKiB, other.ResidentKiB), max(s.Descriptors, other.Descriptors),
		max(s.Goroutines, other.Goroutines), max(s.Sessions, other.Sessions), max(s.Streams, other.Streams),
		max(s.collections, other.collections),
	}
}

// drainTimeout is for the peers that have vanished, on nodes that ask each other
// first, and for the garbage collector, which runs every two minutes by itself.
const drainTimeout = 3 * time.Minute

// drainCollections are what it takes until what nobody needs has gone: pools keep it
// over two.
const drainCollections = 3

// drain waits until nobody is there, and gives the least that each node takes then,
// for a while in which its garbage is collected.
func (s *site) drain(ctx context.Context, settle time.Duration) []sample {
	http.DefaultClient.CloseIdleConnections()
	least := make([]sample, len(s.nodes))
	empty := time.Time{}
	for end := time.Now().Add(drainTimeout); time.Now().Before(end) && ctx.Err() == nil; {
		samples := s.samples(ctx)
		left := 0.0
		for _, one := range samples {
			left += one.Sessions + one.Streams
		}
		switch {
		case left > 0:
		case empty.IsZero():
			empty = time.Now()
			copy(least, samples)
		default:
			collected := true
			for i, one := range samples {
				least[i] = least[i].least(one)
				collected = collected && one.collections >= least[i].collections+drainCollections
			}
			// The metrics themselves make the garbage that lets the collector run.
			if collected && time.Since(empty) > settle {
				return least
			}
		}
		pause(ctx, 20*time.Millisecond)
	}
	if ctx.Err() == nil && empty.IsZero() {
		s.breaks("sessions or streams are left %v after everybody has gone: %+v", drainTimeout, s.samples(ctx))
	}
	return least
}

func (s sample) least(other sample) sample {
	return sample{
		min(s.HeapKiB, other.HeapKiB), min(s.ResidentKiB, other.ResidentKiB), min(s.Descriptors, other.Descriptors),
		min(s.Goroutines, other.Goroutines), min(s.Sessions, other.Sessions), min(s.Streams, other.Streams),
		min(s.collections, other.collections),
	}
}

// isFlat allows for what is never given back: the heap's fragments, the pages that tables
// have grown to. Half an hour is some 80,000 lives: 40 bytes that each leaves behind are
// more than that, or 80 where two nodes share them.
func (g growth) isFlat() error {
	switch {
	case g.After.HeapKiB > 1.1*g.Before.HeapKiB+1024:
		return fmt.Errorf("the heap has grown: %v, it was %v", g.After, g.Before)
	case g.After.ResidentKiB > 1.5*g.Before.ResidentKiB+16<<10:
		return fmt.Errorf("the process has grown: %v, it was %v", g.After, g.Before)
	case g.After.Descriptors > g.Before.Descriptors+8:
		return fmt.Errorf("descriptors are left: %v, it was %v", g.After, g.Before)
	case g.After.Goroutines > g.Before.Goroutines+8:
		return fmt.Errorf("goroutines are left: %v, it was %v", g.After, g.Before)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"session-store/bench/load"
)

// result is the file: where and how it was measured, every number, and what
// follows from them.
type result struct {
	Date       string    `json:"date"`
	Go         string    `json:"go"`
	Kernel     string    `json:"kernel"`
	CPU        string    `json:"cpu"`
	CPUs       int       `json:"cpus"`
	ServerCPUs []int     `json:"server_cpus"`
	LoadCPUs   []int     `json:"load_cpus"`
	LoadSleeps bool      `json:"load_sleeps"`
	Rounds     int       `json:"rounds"`
	FrameBytes int       `json:"frame_bytes"`
	ValueBytes int       `json:"value_bytes"`
	Size       size      `json:"size"`
	Figures    []outcome `json:"figures"`
	Failures   []string  `json:"failures"`

	// By figure, then by server; NaN where a round has failed.
	values map[string]map[string][]float64
}

// outcome is a figure with what was measured.
type outcome struct {
	figure
	Servers map[string]spread `json:"servers"`
	// Ratio is of the two servers in the same round.
	Ratio   *spread `json:"ratio,omitempty"`
	Reached *bool   `json:"reached,omitempty"`
}

// spread is what several rounds gave. Values are in the order of the rounds.
type spread struct {
	Min    float64   `json:"min"`
	Median float64   `json:"median"`
	Max    float64   `json:"max"`
	Values []float64 `json:"values"`
}

func newResult(o options, r *rig) *result {
	return &result{
		Date: o.date, Go: runtime.Version(), Kernel: kernel(), CPU: model(), CPUs: runtime.NumCPU(),
		ServerCPUs: r.pins.Server, LoadCPUs: r.pins.Load,
		LoadSleeps: !r.spin, Rounds: o.rounds, FrameBytes: r.frameBytes, ValueBytes: load.ValueBytes, Size: r.size,
		Failures: []string{}, values: map[string]map[string][]float64{},
	}
}

// add takes the values of one server in one round.
func (r *result) add(round int, server string, values map[string]float64) {
	for key, value := range values {
		servers := r.values[key]
		if servers == nil {
			servers = map[string][]float64{}
			r.values[key] = servers
		}
		for len(servers[server]) < round { // rounds that have failed
			servers[server] = append(servers[server], math.NaN())
		}
		servers[server] = append(servers[server], value)
	}
}

func (r *result) fail(round int, measure, server string, err error) {
	r.Failures = append(r.Failures, fmt.Sprintf("round %d, %s, %s: %v", round+1, measure, server, err))
}

// conclude makes the figures of what was measured.
func (r *result) conclude() {
	for _, f := range figures() {
		o := outcome{figure: f, Servers: map[string]spread{}}
		for server, values := range r.values[f.Key] {
			if s := spreadOf(values); s != nil {
				o.Servers[server] = *s
			}
		}
		if len(o.Servers) == 0 {
			continue // not measured this time
		}
		judged := spreadOf(r.values[f.Key][product])
		if f.Of != "" {
			o.Ratio = spreadOf(ratios(r.values[f.Key][product], r.values[f.Key][f.Of]))
			judged = o.Ratio
		}
		if !f.Free && judged != nil {
			reached := judged.Median <= f.Goal
			o.Reached = &reached
		}
		r.Figures = append(r.Figures, o)
	}
}

// ratios are round by round: what a machine does to one round it does to both.
func ratios(of, to []float64) []float64 {
	var all []float64
	for i := range min(len(of), len(to)) {
		all = append(all, of[i]/to[i])
	}
	return all
}

// spreadOf leaves out what is no number; nil if nothing is left.
func spreadOf(values []float64) *spread {
	values = slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return &spread{Min: sorted[0], Median: median, Max: sorted[len(sorted)-1], Values: values}
}

func (r *result) write(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func kernel() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:]) + " " +
		unix.ByteSliceToString(name.Machine[:])
}

// model is the CPU's name, as far as the kernel tells it.
func model() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

//go:build linux

package main

import (
	"context"

	"session-store/bench/journals"
)

// measure is one way to look at a server; its values are figures by key.
type measure struct {
	name    string
	servers []string
	env     []string
	run     func(ctx context.Context, s *stage) (map[string]float64, error)
	// apart is set in the place of these if the measure has servers of its own.
	apart func(ctx context.Context, r *rig) (journals.Figures, error)
}

func measures() []measure {
	all := []string{theFloor, theUsual, product}
	return []measure{
		{name: "crowd", servers: all, run: crowd},
		{name: "rooms", servers: all, run: rooms},
		{name: "memory", servers: all, run: memory, env: []string{"GOGC=25"}},
		{name: "pressure", servers: []string{theFloor, product}, run: pressure},
		{name: "write", servers: all, run: write},
		{name: "latency", servers: []string{theUsual, product}, run: latency},
		{name: "open", servers: []string{theUsual, product}, run: open},
		{name: theJournals, apart: journalsOf},
	}
}

// figure is a line of the table.
type figure struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Unit  string `json:"unit"`
	// Goal is the most that the product's figure may be; as a multiple of the
	// server Of's in the same round, or as it is. 0 of nobody's is a goal, too:
	// Free says that there is none.
	Goal float64 `json:"goal"`
	Of   string  `json:"of,omitempty"`
	Free bool    `json:"free,omitempty"`
}

// figures are the goals of the project: for its fan-out, and for what is kept. 1.43
// times the time of a raw append is 0.7 times its throughput.
func figures() []figure {
	return []figure{
		{Key: "crowd", Title: "CPU a delivery, 1 large room", Unit: "µs", Goal: 1.10, Of: theFloor},
		{Key: "rooms", Title: "CPU a delivery, many rooms × 10", Unit: "µs", Goal: 1.10, Of: theFloor},
		{Key: "stream_memory", Title: "memory of an idle stream", Unit: "KiB", Goal: 2},
		{Key: "peer_memory", Title: "memory of a peer", Unit: "KiB", Goal: 1},
		{Key: "pressure", Title: "CPU an update, 8 writes in flight", Unit: "µs", Goal: 0.6, Of: theFloor},
		{Key: "pressure_skipped", Title: "updates skipped meanwhile", Unit: "", Goal: 0},
		{Key: "write", Title: "CPU a write, 32 connections", Unit: "µs", Goal: 1.0, Of: theUsual},
		{Key: "answer", Title: "p99 of an answer, 5,000 readers, 20 writes/s", Unit: "ms", Goal: 1},
		{Key: "answer_full", Title: "p99 of an answer, 5,000 readers, full speed", Unit: "ms", Goal: 1},
		{Key: "small_alone", Title: "p99 to all 10 of a small room, alone", Unit: "ms", Free: true},
		{Key: "small_beside", Title: "the same beside the large room, full speed", Unit: "ms", Free: true},
		{Key: "small_times", Title: "how many times its p99 alone", Unit: "×", Goal: 3},
		{Key: "open", Title: "CPU to open a stream", Unit: "µs", Goal: 1.0, Of: theUsual},

		{Key: "data_write", Title: "p50 of a write with `--data`, above one in memory", Unit: "µs", Goal: 1.5, Of: theRaw},
		{Key: "data_many", Title: "a write of 64 writers in 64 rooms, `--data`", Unit: "µs", Goal: 1.43, Of: theRaw},
		{Key: "nats_write", Title: "p50 of a write with `--nats`, three copies, above one in memory", Unit: "µs", Goal: 1.5, Of: theRaw},
		{Key: "nats_many", Title: "a write of 64 writers in 64 rooms, `--nats`", Unit: "µs", Goal: 1.43, Of: theRaw},
		{Key: "nats_hot", Title: "a write of 64 writers in one room, `--nats`", Unit: "µs", Goal: 100},
		{Key: "nats_told", Title: "p50 from a write to a stream of another node", Unit: "µs", Goal: 2, Of: theRaw},
		{Key: "rest_memory", Title: "memory of a room that nobody has open", Unit: "KiB", Goal: 1},
		{Key: "rest_open", Title: "p99 to open one", Unit: "ms", Goal: 5},
	}
}

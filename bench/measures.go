//go:build linux

package main

import "context"

// measure is one way to look at a server; its values are figures by key.
type measure struct {
	name    string
	servers []string
	env     []string
	run     func(ctx context.Context, s *stage) (map[string]float64, error)
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

// figures are the goals of the project for its fan-out.
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
	}
}

//go:build linux

package main

import (
	"time"

	"session-store/bench/journals"
)

// size is how much is measured. The names stand in the result file.
type size struct {
	Crowd       int `json:"crowd"`        // readers of the one room
	CrowdWrites int `json:"crowd_writes"` // to it, one after the other

	Rooms       int `json:"rooms"`
	RoomReaders int `json:"room_readers"` // of each
	RoomWrites  int `json:"room_writes"`  // to all, in turns

	Idle   int           `json:"idle"`      // streams whose memory is measured
	Settle time.Duration `json:"settle_ns"` // what a garbage collector is given to give back

	Pressure       int `json:"pressure"` // writes in flight
	PressureWrites int `json:"pressure_writes"`

	Writers int `json:"writers"` // connections
	Writes  int `json:"writes"`

	Large      int           `json:"large"`          // readers of the room that is in the way
	Small      int           `json:"small"`          // readers of the room beside it
	LatencyFor time.Duration `json:"latency_for_ns"` // each latency is watched for so long
	LargePace  time.Duration `json:"large_pace_ns"`  // between two writes to the large room
	SmallPace  time.Duration `json:"small_pace_ns"`  // between two writes to the small one

	Opens int `json:"opens"`

	Journals journals.Size `json:"journals"`
}

// full is what the published figures are measured with; it takes two to three
// minutes a round.
func full() size {
	return size{
		Crowd: 2000, CrowdWrites: 150,
		Rooms: 500, RoomReaders: 10, RoomWrites: 10_000,
		Idle: 9000, Settle: 6 * time.Second,
		Pressure: 8, PressureWrites: 240,
		Writers: 32, Writes: 100_000,
		Large: 5000, Small: 10, LatencyFor: 10 * time.Second,
		LargePace: 50 * time.Millisecond, SmallPace: 10 * time.Millisecond,
		Opens:    2000,
		Journals: journals.Size{Writes: 5000, Many: 200_000, Writers: 64, AtRest: 100_000, Opened: 2000, RestFor: 15 * time.Second},
	}
}

// short is for a first impression, in half a minute.
func short() size {
	s := full()
	s.CrowdWrites, s.RoomWrites, s.PressureWrites, s.Writes = 30, 2000, 64, 20_000
	s.Idle, s.Settle = 3000, 1500*time.Millisecond
	s.LatencyFor, s.Opens = 2*time.Second, 1000
	s.Journals = journals.Size{Writes: 1000, Many: 20_000, Writers: 64, AtRest: 10_000, Opened: 500, RestFor: time.Second}
	return s
}

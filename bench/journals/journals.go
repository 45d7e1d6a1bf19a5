// Package journals measures what it costs to keep a session: a write in a room
// beside the raw append that it cannot do without, on the same kind of NATS
// servers, in the same process, in turns.
//
//	inMemory  Caller.Write, in a journal that stores nothing
//	embedded  Caller.Write over a server in this process, its files in a folder
//	          beside conditional publishes of as many bytes to another such server
//	cluster   the same over three servers with three copies, and from a write on one
//	          node to the stream of another
//	rest      rooms that nobody has open
//
// There is no HTTP in it: what that costs stands in the other figures.
package journals

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"session-store/auth"
	"session-store/journal"
	"session-store/model"
	"session-store/room"
)

// Size is how much is measured.
type Size struct {
	// Writes is how many one writer does, Many how many all of Writers do together.
	Writes, Many, Writers int
	// AtRest is how many rooms nobody has open, Opened how many of them are opened.
	AtRest, Opened int
	// RestFor is how long they rest before their memory is looked at.
	RestFor time.Duration
}

// Figures are values by their keys: the product's, and those of raw JetStream.
type Figures struct {
	Product, Raw map[string]float64
}

// Measure takes all figures once; files are kept under dir.
func Measure(ctx context.Context, dir string, size Size) (Figures, error) {
	m := measurement{
		Context: ctx, dir: dir, size: size,
		Figures: Figures{Product: make(map[string]float64), Raw: make(map[string]float64)},
	}
	for _, part := range []func() error{m.inMemory, m.embedded, m.cluster, m.rest} {
		if err := part(); err != nil {
			return Figures{}, err
		}
	}
	return m.Figures, nil
}

type measurement struct {
	context.Context
	Figures
	dir  string
	size Size
	// memory is the median time of a write that nobody stores, in µs.
	memory float64
}

// site is a journal with its rooms.
type site struct {
	*room.Registry
	journal journal.Journal
}

func newSite(j journal.Journal) site {
	return site{room.NewRegistry(room.Config{
		Journal: j, NewSessionID: auth.NewSessionID, PeerTimeout: time.Hour, Log: slog.New(slog.DiscardHandler),
	}), j}
}

func (s site) close() {
	s.Registry.Close()
	_ = s.journal.Close()
}

// writer is somebody who writes the next value each time.
type writer func(ctx context.Context) error

// writer joins the room.
func (s site) writer(ctx context.Context, name string) (writer, error) {
	caller, _, err := s.join(ctx, name)
	if err != nil {
		return nil, err
	}
	key := caller.Peer().ID
	return func(ctx context.Context) error {
		_, err := caller.Write(ctx, setting(key))
		return err
	}, nil
}

func setting(key string) model.Write {
	return model.Write{Set: []model.Assignment{{Key: key, Value: value()}}}
}

func (s site) join(ctx context.Context, name string) (*room.Caller, auth.Token, error) {
	id := auth.NewID()
	text, hash := auth.NewToken(id)
	caller, err := s.Join(ctx, name, model.Peer{ID: id, Name: "Ann", Token: hash})
	if err != nil {
		return nil, auth.Token{}, fmt.Errorf("join %s: %w", name, err)
	}
	token, _ := auth.ParseToken(text)
	return caller, token, nil
}

// value is JSON of 100 bytes, another one each time.
func value() model.Value {
	number := strconv.FormatUint(rand.Uint64(), 10)
	return model.Value(`"` + strings.Repeat("x", 98-len(number)) + number + `"`)
}

// p50 is the median time of a write, in µs, one after the other. Some go before,
// that are not counted.
func (m *measurement) p50(write writer) (float64, error) {
	took := make([]time.Duration, 0, m.size.Writes)
	for i := range m.size.Writes + m.size.Writes/10 {
		begin := time.Now()
		if err := write(m); err != nil {
			return 0, err
		}
		if i >= m.size.Writes/10 {
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	return micros(took[len(took)/2]), nil
}

// together is the time that a write takes of all, in µs, while every writer has one
// under way.
func (m *measurement) together(writers []writer) (float64, error) {
	var group sync.WaitGroup
	each := m.size.Many / len(writers)
	failed := make(chan error, len(writers))
	begin := time.Now()
	for _, write := range writers {
		group.Go(func() {
			for range each {
				if err := write(m); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	elapsed := time.Since(begin)
	select {
	case err := <-failed:
		return 0, err
	default:
		return micros(elapsed) / float64(each*len(writers)), nil
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

package jetstream_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/model"
)

// single is one NATS server that is no cluster.
func single(t testing.TB) *server.Server {
	t.Helper()
	return start(t, &server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 1 << 26,
	})
}

func connectTo(t testing.TB, urls ...string) journal.Journal {
	t.Helper()
	j, err := jetstream.Connect(t.Context(), jetstream.Config{URLs: urls})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// spectator is a log with its wakes.
type spectator struct {
	journal.Log
	t     testing.TB
	wakes atomic.Int64
	woken chan struct{}
}

func open(t testing.TB, j journal.Journal, room string) *spectator {
	t.Helper()
	s := &spectator{t: t, woken: make(chan struct{}, 1)}
	log, err := j.Open(t.Context(), room, func() {
		s.wakes.Add(1)
		select {
		case s.woken <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Close)
	s.Log = log
	if _, err := s.Read(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *spectator) append(after uint64, changes ...*model.Change) uint64 {
	s.t.Helper()
	seq, err := s.Append(s.t.Context(), after, changes)
	if err != nil {
		s.t.Fatal(err)
	}
	return seq
}

// appended is what has become of an append.
type appended struct {
	seq uint64
	err error
}

// appendBeside appends while the test goes on.
func (s *spectator) appendBeside(after uint64, changes ...*model.Change) <-chan appended {
	done := make(chan appended, 1)
	go func() {
		seq, err := s.Append(context.Background(), after, changes)
		done <- appended{seq, err}
	}()
	return done
}

// waitFor waits until a record is woken for, and takes it as a room does: one that could
// not read is woken again.
func (s *spectator) waitFor(after, seq uint64) {
	s.t.Helper()
	deadline := time.After(40 * time.Second)
	var err error
	for after < seq {
		select {
		case <-s.woken:
		case <-deadline:
			s.t.Fatalf("nobody was woken for record %d; the last read: %v", seq, err)
		}
		list, ok := s.Heard(after)
		if !ok {
			list, err = s.Read(s.t.Context(), after)
		}
		for _, record := range list {
			after = record.Seq
		}
	}
}

func (s *spectator) numbers() (numbers []uint64) {
	s.t.Helper()
	list, err := s.Read(s.t.Context(), 0)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, record := range list {
		numbers = append(numbers, record.Seq)
	}
	return numbers
}

// wantNumbers wants what was confirmed, and at most one more that was not.
func wantNumbers(t *testing.T, log *spectator, numbers []uint64) {
	t.Helper()
	now := log.numbers()
	if len(now) < len(numbers) || len(now) > len(numbers)+1 {
		t.Fatalf("%d records are there, %d were confirmed", len(now), len(numbers))
	}
	for i, seq := range numbers {
		if now[i] != seq {
			t.Fatalf("record %d is %d, and was confirmed as %d", i, now[i], seq)
		}
	}
}

func begins() *model.Change {
	return &model.Change{Session: "s", Begins: true, CreatedAt: 1}
}

func ended() *model.Change { return &model.Change{Session: "s", Ends: true} }

func written(revision uint64) *model.Change {
	return &model.Change{Session: "s", Revision: revision, Set: []*model.Entry{{Key: "k", Value: model.Value(fmt.Sprint(revision)), Revision: revision}}}
}

// manage does what an operator does with the nats program.
func manage(t testing.TB, url string) natsjs.JetStream {
	t.Helper()
	js, err := natsjs.New(dial(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

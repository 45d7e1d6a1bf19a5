package jetstream_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/model"
)

// An append against the conditional publish that it stands on.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint("embedded/raw/", writers), func(b *testing.B) {
			srv := start(b, &server.Options{DontListen: true, NoSigs: true, JetStream: true, StoreDir: b.TempDir(), SyncInterval: time.Second})
			raw(b, dial(b, "", nats.InProcessServer(srv)), 1, writers)
		})
		b.Run(fmt.Sprint("embedded/journal/", writers), func(b *testing.B) {
			appends(b, embed(b, b.TempDir()), writers)
		})
	}
	servers := startCluster(b, 3)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint("cluster/journal/", writers), func(b *testing.B) {
			appends(b, connect(b, fmt.Sprint("JOURNAL", streams.Add(1)), servers[0]), writers)
		})
		b.Run(fmt.Sprint("cluster/raw/", writers), func(b *testing.B) {
			raw(b, dial(b, servers[0].ClientURL()), 3, writers)
		})
	}
}

// streams counts those of the benchmarks: each run has one of its own.
var streams atomic.Int64

// raw publishes what an append publishes, to a stream of the same kind, without
// anything around it.
func raw(b *testing.B, conn *nats.Conn, replicas, writers int) {
	js, err := natsjs.New(conn)
	if err != nil {
		b.Fatal(err)
	}
	name := fmt.Sprint("RAW", streams.Add(1))
	var told *natsjs.RePublish
	if replicas > 1 {
		told = &natsjs.RePublish{Source: name + ".*", Destination: name + "-heard.{{wildcard(1)}}"}
	}
	if _, err := js.CreateStream(b.Context(), natsjs.StreamConfig{
		Name: name, Subjects: []string{name + ".*"}, Replicas: replicas,
		AllowRollup: true, AllowDirect: true, AllowMsgTTL: true, RePublish: told,
	}); err != nil {
		b.Fatal(err)
	}
	body := jetstream.AppendRecord(nil, "k2j4.1", small())
	measure(b, writers, func(room int) func() error {
		subject, last := fmt.Sprint(name, ".", room), "0"
		return func() error {
		again:
			answer, err := conn.RequestMsg(&nats.Msg{
				Subject: subject, Data: body, Header: nats.Header{nats.ExpectedLastSubjSeqHdr: []string{last}},
			}, 10*time.Second)
			if err != nil {
				return err
			}
			seq, err := jetstream.DecodeAck(answer.Data)
			if err != nil && strings.Contains(err.Error(), "(10164)") {
				goto again // the record before is answered, and not quite put away
			}
			last = strconv.FormatUint(seq, 10)
			return err
		}
	})
}

func appends(b *testing.B, j journal.Journal, writers int) {
	changes := small()
	measure(b, writers, func(room int) func() error {
		log, err := j.Open(b.Context(), fmt.Sprint("room", room), func() {})
		if err != nil {
			b.Fatal(err)
		}
		last := uint64(0)
		return func() error {
			last, err = log.Append(context.Background(), last, changes)
			return err
		}
	})
}

// An append on one node until another has heard of it, against the publish and the
// message that it stands on.
func BenchmarkHeard(b *testing.B) {
	servers := startCluster(b, 3)
	one, two := connect(b, "HEARD", servers[0]), connect(b, "HEARD", servers[1])
	b.Run("journal", func(b *testing.B) {
		changes := small()
		room := fmt.Sprint("room", streams.Add(1))
		woken := make(chan struct{}, 8)
		reader, err := two.Open(b.Context(), room, func() { woken <- struct{}{} })
		if err != nil {
			b.Fatal(err)
		}
		defer reader.Close()
		changes[0].Begins = true
		if _, err := reader.Read(b.Context(), 0); err != nil {
			b.Fatal(err)
		}
		writer, err := one.Open(b.Context(), room, func() {})
		if err != nil {
			b.Fatal(err)
		}
		defer writer.Close()
		last := uint64(0)
		measure(b, 1, func(int) func() error {
			return func() error {
				before := last
				if last, err = writer.Append(context.Background(), last, changes); err != nil {
					return err
				}
				<-woken
				if records, ok := reader.Heard(before); !ok || len(records) != 1 {
					return fmt.Errorf("heard %d records, %v", len(records), ok)
				}
				return nil
			}
		})
	})
	b.Run("raw", func(b *testing.B) {
		woken := make(chan struct{}, 8)
		sub, err := dial(b, servers[1].ClientURL()).Subscribe("HEARD.heard.raw", func(*nats.Msg) { woken <- struct{}{} })
		if err != nil {
			b.Fatal(err)
		}
		_ = sub.SetPendingLimits(-1, -1)
		conn, body := dial(b, servers[0].ClientURL()), jetstream.AppendRecord(nil, "k2j4.1", small())
		measure(b, 1, func(int) func() error {
			return func() error {
				if _, err := conn.Request("HEARD.room.raw", body, 10*time.Second); err != nil {
					return err
				}
				<-woken
				return nil
			}
		})
	})
}

// measure lets writers do b.N operations, each in a room of its own.
func measure(b *testing.B, writers int, open func(room int) func() error) {
	var group sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	work := make([]func() error, writers)
	for i := range work {
		work[i] = open(i)
	}
	b.ResetTimer()
	for _, one := range work {
		group.Go(func() {
			took := make([]time.Duration, 0, b.N/writers+1)
			for range b.N/writers + 1 {
				begin := time.Now()
				if err := one(); err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(begin))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	group.Wait()
	b.StopTimer()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds()), "p99-ns")
}

// What a room at rest costs, and how long it takes to open one.
func BenchmarkRest(b *testing.B) {
	const rooms = 100_000
	dir := b.TempDir()
	before := heap()
	j := embed(b, dir)
	changes := []*model.Change{small()[0]}
	changes[0].Begins = true
	var group sync.WaitGroup
	for part := range 64 {
		group.Go(func() {
			for i := part; i < rooms; i += 64 {
				log, err := j.Open(b.Context(), fmt.Sprint("room-", i), func() {})
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := log.Append(b.Context(), 0, changes); err != nil {
					b.Error(err)
				}
				log.Close()
			}
		})
	}
	group.Wait()
	size := float64(heap()-before) / rooms
	n := 0
	for b.Loop() {
		n += 7919
		log, err := j.Open(b.Context(), fmt.Sprint("room-", n%rooms), func() {})
		if err != nil {
			b.Fatal(err)
		}
		if records, err := log.Read(b.Context(), 0); err != nil || len(records) != 1 {
			b.Fatal(len(records), err)
		}
		log.Close()
	}
	b.ReportMetric(size, "B/room")
	begin := time.Now()
	_ = j.Close()
	j = embed(b, dir)
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "restart-ms")
	begin = time.Now()
	n = 0
	for range j.Rooms(b.Context()) {
		n++
	}
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "list-ms")
	if n != rooms {
		b.Fatal(n)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func dial(t testing.TB, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

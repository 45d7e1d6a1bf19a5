package journals

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"session-store/journal/jetstream"
	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

func (m *measurement) cluster() error {
	servers, err := startThree(filepath.Join(m.dir, "cluster"))
	if err != nil {
		return err
	}
	defer stopAll(servers)
	conn, err := nats.Connect(servers[0].ClientURL())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := makeRaw(m, conn, 3); err != nil {
		return err
	}
	var sites []site
	for _, server := range servers[:2] {
		j, err := jetstream.Connect(m, jetstream.Config{URLs: []string{server.ClientURL()}, Stream: "BENCH", MaxRecord: 1 << 19})
		if err != nil {
			return err
		}
		s := newSite(j)
		defer s.close()
		sites = append(sites, s)
	}
	if err := m.besideRaw("nats", conn, sites[0]); err != nil {
		return err
	}
	writers, err := m.inRooms(sites[0], "nats", func(int) string { return "hot" })
	if err != nil {
		return err
	}
	if m.Product["nats_hot"], err = m.together(writers); err != nil {
		return err
	}
	elsewhere, err := nats.Connect(servers[1].ClientURL())
	if err != nil {
		return err
	}
	defer elsewhere.Close()
	return m.toAnotherNode(conn, elsewhere, sites[0], sites[1])
}

// toAnotherNode is from the begin of a write to the update on a stream of another
// node, beside the time from a publish to what JetStream tells of it.
func (m *measurement) toAnotherNode(conn, elsewhere *nats.Conn, here, there site) error {
	told := make(chan *nats.Msg, 1)
	subscription, err := elsewhere.ChanSubscribe(rawStream+".heard.told", told)
	if err != nil {
		return err
	}
	defer func() { _ = subscription.Unsubscribe() }()
	if err := elsewhere.Flush(); err != nil {
		return err
	}
	raw := rawWriter(conn, "told")
	m.Raw["nats_told"], err = m.until(raw, func(ctx context.Context) error {
		select {
		case <-told:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("told of a publish: %w", ctx.Err())
		}
	})
	if err != nil {
		return err
	}
	write, err := here.writer(m, "told")
	if err != nil {
		return err
	}
	reader, err := m.readerOn(there, "told")
	if err != nil {
		return err
	}
	m.Product["nats_told"], err = m.until(write, reader.next)
	return err
}

// until is the median time from the begin of a write until it has come, in µs.
func (m *measurement) until(write writer, come func(ctx context.Context) error) (float64, error) {
	var took []time.Duration
	ctx, cancel := context.WithTimeout(m, time.Minute)
	defer cancel()
	for range m.size.Writes / 2 {
		begin := time.Now()
		if err := write(ctx); err != nil {
			return 0, err
		}
		if err := come(ctx); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	return micros(took[len(took)/2]), nil
}

// reader is a stream as its sink.
type reader struct {
	stream *sse.Stream
	woken  chan struct{}
}

func (m *measurement) readerOn(s site, name string) (*reader, error) {
	caller, _, err := s.join(m, name)
	if err != nil {
		return nil, err
	}
	stream, err := caller.Observe(m, room.Observe{Keys: model.AllKeys()})
	if err != nil {
		return nil, err
	}
	r := &reader{stream: stream, woken: make(chan struct{}, 1)}
	stream.Attach(r)
	stream.Next() // the snapshot
	return r, nil
}

// Wake is called when there is something to read.
func (r *reader) Wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// Hurry is called when the stream is over.
func (r *reader) Hurry() {}

func (r *reader) next(ctx context.Context) error {
	for {
		if data, _ := r.stream.Next(); data != nil {
			return nil
		}
		select {
		case <-r.woken:
		case <-ctx.Done():
			return fmt.Errorf("an update on another node: %w", ctx.Err())
		}
	}
}

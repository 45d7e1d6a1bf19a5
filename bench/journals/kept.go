package journals

import (
	"fmt"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"session-store/journal/jetstream"
	"session-store/journal/memory"
)

func (m *measurement) inMemory() error {
	s := newSite(memory.New())
	defer s.close()
	write, err := s.writer(m, "memory")
	if err == nil {
		m.memory, err = m.p50(write)
	}
	return err
}

func (m *measurement) embedded() error {
	raw, err := startAlone(filepath.Join(m.dir, "raw"))
	if err != nil {
		return err
	}
	defer stopAll([]*server.Server{raw})
	conn, err := nats.Connect("", nats.InProcessServer(raw))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := makeRaw(m, conn, 1); err != nil {
		return err
	}
	j, err := jetstream.Embed(m, jetstream.EmbedConfig{Dir: filepath.Join(m.dir, "data"), MaxRecord: 1 << 20})
	if err != nil {
		return err
	}
	s := newSite(j)
	defer s.close()
	return m.besideRaw("data", conn, s)
}

// besideRaw measures one writer, and many in as many rooms, against raw appends.
func (m *measurement) besideRaw(prefix string, conn *nats.Conn, s site) error {
	raw, err := m.p50(rawWriter(conn, "one"))
	if err != nil {
		return err
	}
	write, err := s.writer(m, "one")
	if err != nil {
		return err
	}
	ours, err := m.p50(write)
	if err != nil {
		return err
	}
	m.Raw[prefix+"_write"], m.Product[prefix+"_write"] = raw, ours-m.memory

	writers, err := m.inRooms(s, prefix, func(i int) string { return fmt.Sprint("many.", i) })
	if err != nil {
		return err
	}
	if m.Raw[prefix+"_many"], err = m.together(rawWriters(conn, "many", m.size.Writers)); err != nil {
		return err
	}
	m.Product[prefix+"_many"], err = m.together(writers)
	return err
}

// inRooms are writers, each in the room that it is given.
func (m *measurement) inRooms(s site, prefix string, name func(i int) string) (writers []writer, err error) {
	for i := range m.size.Writers {
		write, err := s.writer(m, prefix+"."+name(i))
		if err != nil {
			return nil, err
		}
		writers = append(writers, write)
	}
	return writers, nil
}

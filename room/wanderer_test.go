package room_test

import (
	"encoding/json"
	"strings"
	"time"

	"session-store/auth"
	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

// wanderer is a peer that calls any node, until it falls silent.
type wanderer struct {
	id       string
	token    auth.Token
	called   time.Time
	silentAt time.Time // zero while it is alive
	// node is where its stream is open, or nil.
	node    *clusterNode
	stream  *sse.Stream
	at      model.Position
	entries map[string]string
}

func (s *storm) lose(p *wanderer) {
	if p.stream != nil {
		p.node.member.logf("%s loses its stream", p.id)
		p.stream.Close()
		p.stream, p.node = nil, nil
		p.called = time.Now()
	}
}

func (s *storm) silence() {
	if alive := s.alive(); len(alive) > 0 {
		p := alive[s.random.IntN(len(alive))]
		s.lose(p)
		p.silentAt = time.Now()
	}
}

func (s *storm) alive() (alive []*wanderer) {
	for _, p := range s.peers {
		if p.silentAt.IsZero() {
			alive = append(alive, p)
		}
	}
	return alive
}

// stayAlive lets each peer that is alive be seen at least every 10 s, somewhere: so
// none of them may ever be removed.
func (s *storm) stayAlive() {
	for _, p := range s.alive() {
		if p.stream == nil && time.Since(p.called) > 6*time.Second {
			s.enter(p, s.well())
		}
	}
}

func (s *storm) enter(p *wanderer, n *clusterNode) *room.Caller {
	caller, err := n.enter("room", p.token)
	if err != nil {
		s.Fatalf("%s, who was seen %v ago, is not let in by %s: %v", p.id, time.Since(p.called), n.member.name, err)
	}
	n.member.logf("%s calls", p.id)
	p.called = time.Now()
	if p.stream == nil && s.random.IntN(2) == 0 {
		p.node = n
		n.member.logf("%s observes", p.id)
		p.stream = n.observe(caller, room.Observe{Keys: model.AllKeys(), From: p.at})
	}
	return caller
}

// read lets every reader take what its stream has.
func (s *storm) read() {
	for _, p := range s.alive() {
		if p.stream == nil {
			continue
		}
		for text := range strings.SplitSeq(s.nodes[0].drain(p.stream), "\n\n") {
			switch {
			case text == "":
			case strings.HasPrefix(text, "retry: "):
				s.lose(p)
			case strings.HasPrefix(text, "event: end"):
				s.Fatalf("the stream of %s has ended: %s", p.id, text)
			default:
				s.take(p, text)
			}
		}
	}
}

// take keeps the replica.
func (s *storm) take(p *wanderer, text string) {
	head, data, _ := strings.Cut(text, "\ndata: ")
	name, id, _ := strings.Cut(strings.TrimPrefix(head, "event: "), "\nid: ")
	at, ok := model.ParsePosition(id)
	if !ok || at.Session == p.at.Session && at.Revision < p.at.Revision {
		s.Fatalf("%s stands at %v and is told %q", p.id, p.at, text)
	}
	if name == "update" && at.Revision == p.at.Revision {
		s.Fatalf("%s is told of %v twice", p.id, at)
	}
	if name == "snapshot" {
		if p.at.Session == at.Session && p.at.Session != "" {
			s.Fatalf("%s, who stood at %v, is sent a snapshot at %v", p.id, p.at, at)
		}
		clear(p.entries)
	}
	p.at = at
	var e event
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		s.Fatal(err)
	}
	for _, part := range []map[string]json.RawMessage{e.Entries, e.Set} {
		for key, entry := range part {
			p.entries[key] = string(entry)
		}
	}
	for key := range e.Removed {
		delete(p.entries, key)
	}
}

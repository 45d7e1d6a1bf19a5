package jetstream

import (
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// silence is how long a node may say nothing and count as alive.
const silence = 6 * time.Second

// members are the nodes that share the stream, as far as they were heard.
type members struct {
	self string

	mu    sync.Mutex
	heard map[string]time.Time
	// now is the last tick. Silence is counted up to it, so that a process which
	// stood still does not take all others for dead.
	now    time.Time
	paused bool // not connected: the silence is ours
}

func newMembers(self string) members {
	return members{self: self, heard: make(map[string]time.Time)}
}

// say tells the other nodes that this one is there: "hello" is answered by them,
// "bye" is the last word.
func (f *follower) say(conn *nats.Conn, word string) {
	if conn.IsConnected() {
		// If it fails, the next one comes in a second.
		_ = conn.Publish(f.stream.names.nodes+f.members.self, []byte(word))
	}
}

// beat hears what another node says.
func (f *follower) beat(msg *nats.Msg) {
	node := strings.TrimPrefix(msg.Subject, f.stream.names.nodes)
	if node == f.members.self {
		return
	}
	word := string(msg.Data)
	f.members.hear(node, word, time.Now())
	if word == "hello" {
		f.say(f.conn, "")
	}
}

func (m *members) hear(node, word string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if word == "bye" {
		delete(m.heard, node)
		return
	}
	m.heard[node] = at
}

// tick counts the silence on. If the last tick is long ago, nobody was silent but
// this process.
func (m *members) tick(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.now.IsZero() && now.Sub(m.now) > 3*beatEvery {
		m.resetLocked(now)
	}
	m.now = now
	if m.paused {
		return
	}
	for node, heard := range m.heard {
		if now.Sub(heard) >= silence {
			delete(m.heard, node)
		}
	}
}

func (m *members) pause() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paused = true
}

func (m *members) resume(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paused = false
	m.resetLocked(now)
}

// resetLocked lets the silence of all begin now.
func (m *members) resetLocked(now time.Time) {
	for node := range m.heard {
		m.heard[node] = now
	}
}

func (m *members) alive() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	nodes := make([]string, 0, len(m.heard))
	for node := range m.heard {
		nodes = append(nodes, node)
	}
	return nodes
}

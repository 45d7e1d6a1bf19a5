package room_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"session-store/auth"
	"session-store/journal"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is a registry as one process has it.
type node struct {
	*testing.T
	*room.Registry
}

func newNode(t *testing.T, j journal.Journal) *node {
	return &node{t, room.NewRegistry(room.Config{Journal: j, NewSessionID: auth.NewSessionID})}
}

// timeout is how long a peer may be silent in a room with the usual config.
const timeout = 30 * time.Second

// bubble runs a test in a time of its own, on one node.
func bubble(t *testing.T, test func(n *node)) {
	t.Helper()
	bubbleOf(t, room.Config{}, test)
}

// bubbleOf is bubble with another config than the usual one. In the end it wants
// that Close finds nothing to wait for: an armed timer that no room knows of would
// let the time of the bubble pass.
func bubbleOf(t *testing.T, config room.Config, test func(n *node)) {
	t.Helper()
	config.Journal, config.NewSessionID = memory.New(), auth.NewSessionID
	synctest.Test(t, func(t *testing.T) {
		n := &node{t, room.NewRegistry(config)}
		test(n)
		n.closeAtOnce()
	})
}

func (n *node) closeAtOnce() {
	n.Helper()
	begin := time.Now()
	n.Close()
	if waited := time.Since(begin); waited > 0 {
		n.Errorf("a timer was left that no room knew of: Close waited %v for it", waited)
	}
}

func (n *node) join(name string) (*room.Caller, auth.Token) {
	n.Helper()
	id := auth.NewID()
	text, hash := auth.NewToken(id)
	caller, err := n.Join(n.Context(), name, model.Peer{ID: id, Name: "Ann", Token: hash})
	if err != nil {
		n.Fatalf("join: %v", err)
	}
	token, _ := auth.ParseToken(text)
	return caller, token
}

func (n *node) enter(name string, token auth.Token) (*room.Caller, error) {
	return n.Enter(n.Context(), name, token.Peer, token.Hash)
}

// everything is a stream of all keys from a snapshot.
var everything = room.Observe{Keys: model.AllKeys()}

func set(key, value string) model.Write {
	return model.Write{Set: []model.Assignment{{Key: key, Value: model.Value(value)}}}
}

func remove(key string) model.Write { return model.Write{Remove: []string{key}} }

func (n *node) write(caller *room.Caller, w model.Write) room.Outcome {
	n.Helper()
	written, err := caller.Write(n.Context(), w)
	if err != nil {
		n.Fatalf("write: %v", err)
	}
	return written
}

func (n *node) wantCode(err error, want model.Code) {
	n.Helper()
	var told *model.Error
	if !errors.As(err, &told) || told.Code != want {
		n.Fatalf("got %v, want %s", err, want)
	}
}

// wantPeers asks without a call, which would be a sign of life.
func (n *node) wantPeers(want int64) {
	n.Helper()
	synctest.Wait()
	if got := n.Stats().Peers.Load(); got != want {
		n.Fatalf("%d peers, want %d", got, want)
	}
}

// joinAs joins under grants; the id is given, so that texts can be compared.
func (n *node) joinAs(name, id string, grants *model.Grants) (*room.Caller, auth.Token) {
	n.Helper()
	text, hash := auth.NewToken(id)
	caller, err := n.Join(n.Context(), name, model.Peer{ID: id, Name: strings.ToUpper(id), Token: hash, Grants: grants})
	if err != nil {
		n.Fatalf("join: %v", err)
	}
	token, _ := auth.ParseToken(text)
	return caller, token
}

// admin is a caller that is no peer.
func (n *node) admin(name string, ends time.Duration) *room.Caller {
	n.Helper()
	caller, err := n.Administer(n.Context(), name, "backend", &model.Grants{Admin: true, Expires: in(ends)})
	if err != nil {
		n.Fatalf("administer: %v", err)
	}
	return caller
}

// in is the moment after a time.
func in(d time.Duration) model.Time { return model.TimeOf(time.Now().Add(d)) }

// grant is grants to read and write what matches.
func grant(read, write string) *model.Grants {
	return &model.Grants{Read: model.NewKeys(strings.Fields(read)), Write: model.NewKeys(strings.Fields(write))}
}

func (n *node) observe(caller *room.Caller, o room.Observe) *sse.Stream {
	n.Helper()
	stream, err := caller.Observe(n.Context(), o)
	if err != nil {
		n.Fatalf("observe: %v", err)
	}
	return stream
}

// ephemeral lets what the write sets go with its peer, lasting after a time.
func ephemeral(w model.Write) model.Write {
	w.Set[0].Ephemeral = true
	return w
}

func lasting(w model.Write, ttl time.Duration) model.Write {
	w.Set[0].TTL = ttl
	return w
}

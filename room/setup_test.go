package room_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

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

// told is what the stream has to say until it rests, in short:
//
//	snapshot@3 a b | update@4 +a -b deleted | peers ann,ben | peers +cat -ann left | end@4 left
func (n *node) told(stream *sse.Stream) string {
	n.Helper()
	synctest.Wait()
	var events []string
	for text := range strings.SplitSeq(n.drain(stream), "\n\n") {
		if text != "" {
			events = append(events, n.inShort(text))
		}
	}
	return strings.Join(events, " | ")
}

func (n *node) wantTold(stream *sse.Stream, want string) {
	n.Helper()
	if got := n.told(stream); got != want {
		n.Errorf("the stream says %q, want %q", got, want)
	}
}

func (n *node) drain(stream *sse.Stream) string {
	n.Helper()
	var all strings.Builder
	for range 1000 {
		data, state := stream.Next()
		all.Write(data)
		if state != sse.More {
			return all.String()
		}
	}
	n.Fatal("the stream never comes to rest")
	return ""
}

// event is the data of any event.
type event struct {
	Revision uint64
	Entries  map[string]json.RawMessage
	Set      map[string]json.RawMessage
	Removed  map[string]struct {
		Revision uint64
		Reason   string
	}
	Reason string
	Peers  []struct{ ID string }
	Joined []struct{ ID string }
	Left   []struct{ ID, Reason string }
}

func (n *node) inShort(text string) string {
	n.Helper()
	if strings.HasPrefix(text, "retry: ") {
		return "retry"
	}
	var e event
	head, data, _ := strings.Cut(text, "\ndata: ")
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		n.Fatalf("%q: %v", text, err)
	}
	name, id, hasID := strings.Cut(strings.TrimPrefix(head, "event: "), "\nid: ")
	if hasID {
		name += "@" + id[strings.IndexByte(id, '-')+1:]
	}
	parts := []string{name}
	parts = append(parts, slices.Sorted(maps.Keys(e.Entries))...)
	for _, key := range slices.Sorted(maps.Keys(e.Set)) {
		parts = append(parts, "+"+key)
	}
	for _, key := range slices.Sorted(maps.Keys(e.Removed)) {
		parts = append(parts, fmt.Sprintf("-%s %s", key, e.Removed[key].Reason))
	}
	for _, peer := range e.Peers {
		parts = append(parts, peer.ID)
	}
	for _, peer := range e.Joined {
		parts = append(parts, "+"+peer.ID)
	}
	for _, departure := range e.Left {
		parts = append(parts, fmt.Sprintf("-%s %s", departure.ID, departure.Reason))
	}
	if e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	return strings.Join(parts, " ")
}

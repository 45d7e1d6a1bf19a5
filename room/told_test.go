package room_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/synctest"

	"session-store/sse"
)

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

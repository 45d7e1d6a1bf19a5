package room_test

import (
	"encoding/json"
	"maps"
	"strings"

	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

// What the reader of FuzzGrants does with its streams, and what it looks for.

// spyStream is a stream and the replica that its reader keeps.
type spyStream struct {
	*sse.Stream
	keys    model.Keys
	at      model.Position
	entries map[string]string
}

func (s *spy) open(o room.Observe) *spyStream {
	s.Helper()
	stream := &spyStream{Stream: s.observe(s.reader, o), keys: o.Keys, entries: map[string]string{}}
	s.streams = append(s.streams, stream)
	s.read(stream)
	return stream
}

func (s *spy) resume(i int) {
	old := s.streams[i]
	old.Close()
	if s.next()%2 == 1 { // what it was told was under other grants
		s.renew()
	}
	stream := s.observe(s.reader, room.Observe{Keys: old.keys, From: old.at, Peers: true})
	s.streams[i] = &spyStream{Stream: stream, keys: old.keys, at: old.at, entries: old.entries}
	s.read(s.streams[i])
}

// read takes all that the stream has, looks at each byte, and keeps the replica.
func (s *spy) read(stream *spyStream) {
	s.Helper()
	text := s.drain(stream.Stream)
	s.checkHidden("a stream", text)
	for block := range strings.SplitSeq(text, "\n\n") {
		if block == "" || strings.HasPrefix(block, "event: peers") {
			continue
		}
		head, data, _ := strings.Cut(block, "\ndata: ")
		name, id, _ := strings.Cut(strings.TrimPrefix(head, "event: "), "\nid: ")
		stream.at, _ = model.ParsePosition(id)
		var e event
		s.must(json.Unmarshal([]byte(data), &e))
		if name == "snapshot" {
			clear(stream.entries)
		}
		for _, part := range []map[string]json.RawMessage{e.Entries, e.Set} {
			for key, entry := range part {
				stream.entries[key] = string(entry)
			}
		}
		for key := range e.Removed {
			delete(stream.entries, key)
		}
	}
}

func (s *spy) checkHidden(where, text string) {
	s.Helper()
	for i, key := range fuzzKeys {
		if !s.grants.MayRead(key) && strings.Contains(text, marks[i]) {
			s.Fatalf("%s shows %s, which may not be read: %s", where, key, text)
		}
	}
}

// checkReads holds the calls that read to the grants.
func (s *spy) checkReads() {
	s.Helper()
	entries, _, err := s.reader.Entries(model.AllKeys())
	s.must(err)
	for _, entry := range entries {
		s.checkHidden("a list", string(entry.AppendJSON(nil)))
	}
	for _, key := range fuzzKeys {
		entry, at, err := s.reader.Entry(key)
		if s.grants.MayRead(key) {
			continue
		}
		s.wantCode(err, model.Forbidden)
		if entry != nil || at != (model.Position{}) {
			s.Fatalf("%s may not be read, and is %v at %v", key, entry, at)
		}
		_, _, err = s.reader.Entries(model.NewKeys([]string{"none", key}))
		s.wantCode(err, model.Forbidden)
	}
}

// checkEqual holds a replica to what the session has for the reader.
func (s *spy) checkEqual(stream *spyStream) {
	s.Helper()
	entries, _, err := s.owner.Entries(stream.keys)
	s.must(err)
	want := map[string]string{}
	for _, entry := range entries {
		if s.grants.MayRead(entry.Key) {
			want[entry.Key] = string(entry.AppendJSON(nil))
		}
	}
	if !maps.Equal(stream.entries, want) {
		s.Fatalf("at %v the reader holds\n%v\nwant\n%v", stream.at, stream.entries, want)
	}
}

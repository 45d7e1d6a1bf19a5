package jetstream

import (
	"fmt"
	"strings"
)

// names are the subjects of a stream. All that a process says to NATS, but for
// the calls of JetStream itself, stands under the name of the stream.
type names struct {
	stream string
	rooms  string // what records of rooms begin with, and are stored under
	heard  string // what they are told under, once they are stored
	nodes  string // what the beats of the nodes begin with
}

func namesOf(stream string) names {
	return names{
		stream: stream,
		rooms:  stream + ".room.",
		heard:  stream + ".heard.",
		nodes:  stream + ".node.",
	}
}

// checkStream refuses what would not be one token of a subject: the wildcards of
// NATS would then match the rooms of another stream.
func checkStream(stream string) error {
	for _, r := range stream {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-') {
			return fmt.Errorf("a stream has only A-Z a-z 0-9 _ -, %q has %q", stream, r)
		}
	}
	if stream == "" || len(stream) > 64 {
		return fmt.Errorf("a stream is 1 to 64 characters, this is %d", len(stream))
	}
	return nil
}

// A room is one token of a subject, and a dot would make two of it. "=" stands
// in no name of a room.
func token(room string) string { return strings.ReplaceAll(room, ".", "=") }

func roomOf(token string) string { return strings.ReplaceAll(token, "=", ".") }

func (n names) room(room string) string      { return n.rooms + token(room) }
func (n names) heardRoom(room string) string { return n.heard + token(room) }
func (n names) api(call string) string       { return "$JS.API." + call + "." + n.stream }

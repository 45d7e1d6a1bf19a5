package sse

import (
	"math/rand/v2"
	"strconv"
)

// Member is one key's part of an event: its entry, or its removal.
type Member struct {
	Key     string
	Removed bool
	// Name is the key as a JSON string, Value the JSON that stands under it.
	Name, Value []byte
}

// HTML, 9.2.6: a line that begins with a colon is ignored by readers; it shows
// the machines in between that the connection lives.
var comment = []byte(":\n\n")

// Snapshot encodes the event that says all there is at a position.
func Snapshot(session string, revision uint64, members []Member) []byte {
	dst := appendHead(make([]byte, 0, sizeOf(members)), "snapshot", session, revision)
	dst = append(dst, `{"session":"`...)
	dst = append(dst, session...)
	dst = append(dst, `","revision":`...)
	dst = strconv.AppendUint(dst, revision, 10)
	dst = appendMembers(append(dst, `,"entries":`...), members, false)
	return append(dst, "}\n\n"...)
}

// Update encodes the event that says what has changed up to a position.
func Update(session string, revision uint64, members []Member) []byte {
	dst := appendHead(make([]byte, 0, sizeOf(members)), "update", session, revision)
	dst = append(dst, `{"revision":`...)
	dst = strconv.AppendUint(dst, revision, 10)
	if has(members, false) {
		dst = appendMembers(append(dst, `,"set":`...), members, false)
	}
	if has(members, true) {
		dst = appendMembers(append(dst, `,"removed":`...), members, true)
	}
	return append(dst, "}\n\n"...)
}

// End encodes the last event of a stream; the reason is one of the contract's
// words.
func End(session string, revision uint64, reason string) []byte {
	dst := appendHead(nil, "end", session, revision)
	dst = append(dst, `{"reason":"`...)
	dst = append(dst, reason...)
	return append(dst, "\"}\n\n"...)
}

// Peers encodes who is there, or who has come and gone; the data is JSON. It has
// no id: coming and going take no revision, and a reader that comes back is told
// the whole list again.
func Peers(data []byte) []byte {
	dst := append([]byte("event: peers\ndata: "), data...)
	return append(dst, "\n\n"...)
}

// Retry encodes how many milliseconds a reader shall wait before it comes back
// (HTML, 9.2.6: "set the event stream's reconnection time").
func Retry(milliseconds int64) []byte {
	dst := strconv.AppendInt([]byte("retry: "), milliseconds, 10)
	return append(dst, "\n\n"...)
}

// ComeBack encodes a Retry for readers that are sent away for a while: between 1
// and 5 seconds, the time that a restart takes, spread over what it takes to make
// a few thousand connections.
func ComeBack() []byte { return Retry(1000 + rand.Int64N(4000)) }

// appendHead begins an event up to its data. The id is a position: a reader
// sends it back as Last-Event-ID.
func appendHead(dst []byte, event, session string, revision uint64) []byte {
	dst = append(dst, "event: "...)
	dst = append(dst, event...)
	dst = append(dst, "\nid: "...)
	dst = append(dst, session...)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, revision, 10)
	return append(dst, "\ndata: "...)
}

func appendMembers(dst []byte, members []Member, removed bool) []byte {
	dst = append(dst, '{')
	first := true
	for _, m := range members {
		if m.Removed != removed {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, m.Name...)
		dst = append(dst, ':')
		dst = append(dst, m.Value...)
	}
	return append(dst, '}')
}

func has(members []Member, removed bool) bool {
	for _, m := range members {
		if m.Removed == removed {
			return true
		}
	}
	return false
}

// sizeOf is about how many bytes an event of the members takes.
func sizeOf(members []Member) int {
	size := 160
	for _, m := range members {
		size += len(m.Name) + len(m.Value) + 2
	}
	return size
}

package model

import (
	"strconv"
	"strings"
)

// MaxRevision is the end of the counter: JSON numbers are exact up to here in
// JavaScript (RFC 8259, 6).
const MaxRevision = 1<<53 - 1

// Position is how far somebody has come: a session and a revision in it. Its
// one text form, SESSION-REVISION, is the id of events, the ETag, If-Match,
// Last-Event-ID and since.
type Position struct {
	Session  string
	Revision uint64
}

// String is the text form, such as "k3v9-17".
func (p Position) String() string {
	var room [48]byte // a session's id has 16 letters
	return string(p.append(room[:0]))
}

// ETag is the text form as an entity tag (RFC 9110, 8.8.3).
func (p Position) ETag() string {
	var room [48]byte
	return string(append(p.append(append(room[:0], '"')), '"'))
}

func (p Position) append(dst []byte) []byte {
	return strconv.AppendUint(append(append(dst, p.Session...), '-'), p.Revision, 10)
}

// ParsePosition reads the text form. Anything that String would not write, a
// leading zero or a sign included, is not a position: then p is zero, the
// position of nobody, and ok is false.
func ParsePosition(text string) (p Position, ok bool) {
	session, digits, found := strings.Cut(text, "-")
	if !found || session == "" {
		return Position{}, false
	}
	for i := range len(session) {
		if !isAlphanumeric(session[i]) {
			return Position{}, false
		}
	}
	revision, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || revision > MaxRevision {
		return Position{}, false
	}
	p = Position{Session: session, Revision: revision}
	if p.String() != text {
		return Position{}, false
	}
	return p, true
}

package model

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Value is JSON in its compact form: as it was sent, without the white space
// between its parts. Digits of numbers, escapes and the order of members are the
// sender's. It is never changed once it is made.
type Value []byte

// CompactValue makes the compact form of raw. The error is an [InvalidJSON].
func CompactValue(raw []byte) (Value, error) {
	// RFC 8259, 8.1: JSON is UTF-8. encoding/json lets other bytes through, and
	// they would break the event stream, which is UTF-8 too (HTML, 9.2.5).
	if !utf8.Valid(raw) {
		return nil, Errorf(InvalidJSON, "the value is not UTF-8")
	}
	compact, err := compactJSON(raw)
	if err == nil && !json.Valid(compact) {
		err = json.Unmarshal(raw, new(any))
	}
	if err != nil {
		return nil, Errorf(InvalidJSON, "the value is not JSON: %s", sentence(err))
	}
	return bytes.Clone(compact), nil
}

// PartOfBody is CompactValue for raw that is known to be JSON in UTF-8, since it is a
// part of a body that was found to be: a write need not look at its value twice. It may
// be the same bytes.
func PartOfBody(raw []byte) (Value, error) {
	compact, err := compactJSON(raw)
	if err != nil { // so it is no part of such a body
		return nil, Errorf(InvalidJSON, "the value is not JSON: %s", sentence(err))
	}
	return compact, nil
}

// compactJSON lets what has no white space at all through as it is.
func compactJSON(raw []byte) ([]byte, error) {
	if !bytes.ContainsAny(raw, " \t\r\n") {
		return raw, nil
	}
	var compact bytes.Buffer
	compact.Grow(len(raw))
	err := json.Compact(&compact, raw)
	return compact.Bytes(), err
}

// MarshalJSON lets a value stand in a larger answer as it is.
func (v Value) MarshalJSON() ([]byte, error) { return v, nil }

// sentence is the text of an error of encoding/json without its prefix, which
// says nothing to a caller who knows no Go.
func sentence(err error) string { return strings.TrimPrefix(err.Error(), "json: ") }

// AppendString appends text as a JSON string. encoding/json would also escape
// the letters <, > and &, which no reader of an event needs.
func AppendString(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b >= 0x20 && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&0xf])
		}
	}
	return append(append(dst, text[start:]...), '"')
}

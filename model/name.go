package model

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Lengths of the names of the contract.
const (
	MaxRoomBytes = 64
	MaxKeyBytes  = 128
	MaxNameChars = 64
)

// CheckRoom reports whether room may name a room: 1 to 64 of A-Z a-z 0-9 _ . : -
// The error is a sentence for the caller.
func CheckRoom(room string) error {
	if n := len(room); n < 1 || n > MaxRoomBytes {
		return fmt.Errorf("a room is 1 to %d characters, this is %d", MaxRoomBytes, n)
	}
	for _, r := range room {
		if r >= utf8.RuneSelf || !isRoomByte(byte(r)) {
			return fmt.Errorf("a room has only A-Z a-z 0-9 _ . : -, this has %q", string(r))
		}
	}
	return nil
}

func isRoomByte(b byte) bool {
	return isAlphanumeric(b) || b == '_' || b == '.' || b == ':' || b == '-'
}

func isAlphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// CheckKey reports whether key may name an entry: 1 to 128 bytes of UTF-8
// without control characters, "," and "*", and not "." or "..".
// The error is a sentence for the caller.
func CheckKey(key string) error {
	if n := len(key); n < 1 || n > MaxKeyBytes {
		return fmt.Errorf("a key is 1 to %d bytes, this is %d", MaxKeyBytes, n)
	}
	// WHATWG URL, 4.4: parsers drop these segments of a path, percent-encoded or
	// not, so that the request would reach another address than the one meant.
	if key == "." || key == ".." {
		return fmt.Errorf("%q is not a key: URL parsers swallow it", key)
	}
	return checkText(key)
}

// checkText holds what a key and a pattern without its star have in common.
func checkText(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("a key is UTF-8, %q is not", text)
	}
	for _, r := range text {
		if r == ',' || r == '*' || unicode.IsControl(r) {
			return fmt.Errorf("a key has no control characters, no \",\" and no \"*\", this has %q", r)
		}
	}
	return nil
}

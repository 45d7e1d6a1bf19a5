package routes

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// RFC 8259, 2: JSON knows no other white space.
const whiteSpace = " \t\r\n"

// members are the names and values of an object, in their order. The object must
// be valid JSON without white space around it; names, in quotes, and values are parts of it.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		rest := object[1:] // behind the bracket
		for {
			rest = behind(rest, ',')
			if rest[0] == '}' {
				return
			}
			end := lengthOf(rest)
			name := rest[:end]
			rest = behind(rest[end:], ':')
			end = lengthOf(rest)
			if !yield(name, rest[:end:end]) {
				return
			}
			rest = rest[end:]
		}
	}
}

// behind is what comes after white space and separators.
func behind(text []byte, separator byte) []byte {
	for i, b := range text {
		if b != separator && strings.IndexByte(whiteSpace, b) < 0 {
			return text[i:]
		}
	}
	return nil
}

// nameOf is the text of a JSON string.
func nameOf(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var name string
	if err := json.Unmarshal(quoted, &name); err != nil {
		return string(quoted) // not so: the object is valid
	}
	return name
}

// hasHalf reports whether valid JSON has half of a surrogate pair in it, an escape that
// stands for no character (RFC 8259, 8.2). encoding/json takes it for U+FFFD, and so one
// key for another.
func hasHalf(text []byte) bool {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 {
			return false
		}
		escaped := text[at+1]
		if text = text[at+2:]; escaped != 'u' {
			continue
		}
		unit := hexOf(text)
		if text = text[4:]; !utf16.IsSurrogate(unit) {
			continue
		}
		if !bytes.HasPrefix(text, []byte(`\u`)) || utf16.DecodeRune(unit, hexOf(text[2:])) == utf8.RuneError {
			return true
		}
		text = text[6:]
	}
}

// hexOf is the number of the four digits that the text begins with.
func hexOf(text []byte) rune {
	n, err := strconv.ParseUint(string(text[:4]), 16, 16)
	if err != nil {
		return 0 // not so: the text is valid
	}
	return rune(n)
}

// lengthOf is how many bytes the value takes that valid JSON begins with.
func lengthOf(text []byte) int {
	switch text[0] {
	case '"':
		return lengthOfString(text)
	case '{', '[':
		return lengthOfNested(text)
	}
	// A number or a word ends where something else begins.
	if end := bytes.IndexAny(text, ",]}"+whiteSpace); end >= 0 {
		return end
	}
	return len(text)
}

func lengthOfString(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

func lengthOfNested(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			i += lengthOfString(text[i:]) - 1
		case strings.IndexByte("{[", text[i]) >= 0:
			depth++
		case strings.IndexByte("}]", text[i]) >= 0:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

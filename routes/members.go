package routes

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// RFC 8259, 2: JSON knows no other white space.
const whiteSpace = " \t\r\n"

// members are the names and values of an object, in their order. The object must
// be valid JSON without white space around it; the values are parts of it.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		rest := object[1:] // behind the bracket
		for {
			rest = behind(rest, ',')
			if rest[0] == '}' {
				return
			}
			end := lengthOf(rest)
			name := nameOf(rest[:end])
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

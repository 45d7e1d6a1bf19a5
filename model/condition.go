package model

import "strings"

// Condition is what must hold of an entry for a write to be done: If-Match and
// If-None-Match (RFC 9110, 13.1). The zero value always holds.
type Condition struct {
	match     tags
	noneMatch tags
}

// tags is the right-hand side of one of the two fields.
type tags struct {
	given bool
	any   bool
	list  []tag
}

// tag is one entity tag, without its quotes.
type tag struct {
	text string
	weak bool
}

// ParseCondition reads the two header fields; an empty text is a field that was
// not sent. The error is an [InvalidRequest] that names the field at fault.
func ParseCondition(ifMatch, ifNoneMatch string) (Condition, error) {
	match, ok := parseTags(ifMatch)
	if !ok {
		return Condition{}, invalidField("If-Match", `is * or a position in double quotes, like "k3v9-17", not %.100q`, ifMatch)
	}
	noneMatch, ok := parseTags(ifNoneMatch)
	if !ok {
		return Condition{}, invalidField("If-None-Match", `is * or a position in double quotes, like "k3v9-17", not %.100q`, ifNoneMatch)
	}
	return Condition{match: match, noneMatch: noneMatch}, nil
}

// Given reports whether there is anything that must hold.
func (c Condition) Given() bool { return c.match.given || c.noneMatch.given }

// Field is the name of the header field that it was given in, the first of two.
func (c Condition) Field() string {
	if c.match.given {
		return "If-Match"
	}
	return "If-None-Match"
}

// Holds reports whether the condition is true of what stands at tag, the text of
// a position, or of nothing if exists is false.
func (c Condition) Holds(tag string, exists bool) bool {
	if c.match.given && !(exists && c.match.has(tag)) {
		return false
	}
	return !c.NotModified(tag, exists)
}

// NotModified reports whether If-None-Match names what stands at tag: a read is
// then answered with 304 (RFC 9110, 13.1.2).
func (c Condition) NotModified(tag string, exists bool) bool {
	return c.noneMatch.given && exists && c.noneMatch.hasWeakly(tag)
}

// RFC 9110, 13.1.1: If-Match compares strongly, a weak tag never matches.
func (t tags) has(text string) bool {
	for _, own := range t.list {
		if own.text == text && !own.weak {
			return true
		}
	}
	return t.any
}

// RFC 9110, 13.1.2: If-None-Match compares weakly; a proxy that compresses
// answers makes their tags weak.
func (t tags) hasWeakly(text string) bool {
	for _, own := range t.list {
		if own.text == text {
			return true
		}
	}
	return t.any
}

// parseTags reads `*` or a list of entity tags (RFC 9110, 8.8.3).
func parseTags(field string) (tags, bool) {
	rest := strings.Trim(field, " \t")
	switch rest {
	case "":
		return tags{}, true
	case "*":
		return tags{given: true, any: true}, true
	}
	parsed := tags{given: true}
	for {
		// RFC 9110, 5.6.1.2: "A recipient MUST parse and ignore a reasonable
		// number of empty list elements".
		rest = strings.TrimLeft(rest, ", \t")
		if rest == "" {
			return parsed, len(parsed.list) > 0
		}
		opened, weak := strings.CutPrefix(rest, "W/")
		opened, ok := strings.CutPrefix(opened, `"`)
		if !ok {
			return tags{}, false
		}
		text, after, closed := strings.Cut(opened, `"`)
		if !closed {
			return tags{}, false
		}
		parsed.list = append(parsed.list, tag{text: text, weak: weak})
		rest = strings.TrimLeft(after, " \t")
		if rest != "" && rest[0] != ',' {
			return tags{}, false
		}
	}
}

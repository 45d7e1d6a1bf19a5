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
	list  []string // without quotes; weak ones begin with W/
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
func (t tags) has(tag string) bool {
	for _, own := range t.list {
		if own == tag {
			return true
		}
	}
	return t.any
}

// RFC 9110, 13.1.2: If-None-Match compares weakly; a proxy that compresses
// answers makes their tags weak.
func (t tags) hasWeakly(tag string) bool {
	for _, own := range t.list {
		if strings.TrimPrefix(own, "W/") == tag {
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
		weak := ""
		if after, ok := strings.CutPrefix(rest, "W/"); ok {
			weak, rest = "W/", after
		}
		opened, ok := strings.CutPrefix(rest, `"`)
		if !ok {
			return tags{}, false
		}
		tag, after, closed := strings.Cut(opened, `"`)
		if !closed {
			return tags{}, false
		}
		parsed.list = append(parsed.list, weak+tag)
		rest = strings.TrimLeft(after, " \t")
		if rest == "" {
			return parsed, true
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return tags{}, false
		}
		rest = strings.TrimLeft(rest, " \t")
	}
}

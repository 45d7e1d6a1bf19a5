package model_test

import (
	"regexp"
	"strings"
	"testing"

	"session-store/model"
)

func TestConditionHolds(t *testing.T) {
	tests := []struct {
		name, ifMatch, ifNoneMatch string
		tag                        string // empty: nothing is there
		want                       bool
	}{
		{"neither, nothing there", "", "", "", true},
		{"neither, something there", "", "", "s-1", true},
		{"only white space is no field", " \t", "\t", "s-1", true},

		{"If-Match *, there", "*", "", "s-1", true},
		{"If-Match *, not there", "*", "", "", false},
		{"If-Match * with space around", " *\t", "", "", false},
		{"If-Match the tag", `"s-1"`, "", "s-1", true},
		{"If-Match another tag", `"s-2"`, "", "s-1", false},
		{"If-Match another session's tag", `"r-1"`, "", "s-1", false},
		{"If-Match a longer tag", `"s-11"`, "", "s-1", false},
		{"If-Match a shorter tag", `"s-1"`, "", "s-11", false},
		{"If-Match a tag, not there", `"s-1"`, "", "", false},
		{"If-Match an empty tag, not there", `""`, "", "", false},
		{"If-Match a list, first", `"s-1", "s-2"`, "", "s-1", true},
		{"If-Match a list, last", `"s-1","s-2"`, "", "s-2", true},
		{"If-Match a list, none", `"s-1" , "s-2"`, "", "s-3", false},
		{"If-Match a weak tag compares strongly", `W/"s-1"`, "", "s-1", false},
		{"If-Match weak and strong", `W/"s-1", "s-1"`, "", "s-1", true},
		{"If-Match with a comma in a tag", `"a,b", "s-1"`, "", "s-1", true},
		{"If-Match a star in quotes is a tag", `"*"`, "", "s-1", false},

		{"If-None-Match *, there", "", "*", "s-1", false},
		{"If-None-Match *, not there", "", "*", "", true},
		{"If-None-Match the tag", "", `"s-1"`, "s-1", false},
		{"If-None-Match another tag", "", `"s-2"`, "s-1", true},
		{"If-None-Match a tag, not there", "", `"s-1"`, "", true},
		{"If-None-Match an empty tag, not there", "", `""`, "", true},
		{"If-None-Match a list, last", "", `"s-2", "s-1"`, "s-1", false},
		{"If-None-Match a list, none", "", `"s-2", "s-3"`, "s-1", true},
		{"If-None-Match a weak tag compares weakly", "", `W/"s-1"`, "s-1", false},
		{"If-None-Match another weak tag", "", `W/"s-2"`, "s-1", true},

		{"both hold", `"s-1"`, `"s-2"`, "s-1", true},
		{"only If-Match holds", `"s-1"`, `"s-1"`, "s-1", false},
		{"only If-None-Match holds", `"s-2"`, `"s-3"`, "s-1", false},
		{"both stars, there", "*", "*", "s-1", false},
		{"both stars, not there", "*", "*", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := condition(t, tt.ifMatch, tt.ifNoneMatch)
			if got := c.Holds(tt.tag, tt.tag != ""); got != tt.want {
				t.Errorf("Holds = %t, want %t", got, tt.want)
			}
		})
	}
	if !(model.Condition{}).Holds("", false) || !(model.Condition{}).Holds("s-1", true) {
		t.Error("the zero value does not hold")
	}
}

func TestConditionNotModified(t *testing.T) {
	tests := []struct {
		name, ifNoneMatch, tag string
		want                   bool
	}{
		{"no field", "", "s-1", false},
		{"star", "*", "s-1", true},
		{"star, nothing there", "*", "", false},
		{"the tag", `"s-1"`, "s-1", true},
		{"the weak tag, as a proxy makes it", `W/"s-1"`, "s-1", true},
		{"an older tag", `"s-0"`, "s-1", false},
		{"a list", `"s-0", W/"s-1"`, "s-1", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// If-Match is for writes: it does not make a read unmodified.
			c := condition(t, `"other"`, tt.ifNoneMatch)
			if got := c.NotModified(tt.tag, tt.tag != ""); got != tt.want {
				t.Errorf("NotModified = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestParseConditionRefuses(t *testing.T) {
	for name, field := range map[string]string{
		"no quotes":               `s-1`,
		"opening quote only":      `"s-1`,
		"closing quote only":      `s-1"`,
		"single quotes":           `'s-1'`,
		"one quote":               `"`,
		"small weak mark":         `w/"s-1"`,
		"weak mark alone":         `W/`,
		"weak mark without quote": `W/s-1`,
		"weak mark and space":     `W/ "s-1"`,
		"weak mark twice":         `W/W/"s-1"`,
		"no comma between":        `"s-1" "s-2"`,
		"nothing between":         `"s-1""s-2"`,
		"semicolon between":       `"s-1"; "s-2"`,
		"text behind":             `"s-1" x`,
		"star in a list":          `*, "s-1"`,
		"star behind a list":      `"s-1", *`,
		"two stars":               `**`,
		"weak star":               `W/*`,
		"second without quotes":   `"s-1", s-2`,
		"newline around":          "\n\"s-1\"",
	} {
		t.Run(name, func(t *testing.T) {
			wantField(t, field, "", "If-Match")
			wantField(t, "", field, "If-None-Match")
			wantField(t, field, field, "If-Match")
		})
	}
}

func wantField(t *testing.T, ifMatch, ifNoneMatch, field string) {
	t.Helper()
	_, err := model.ParseCondition(ifMatch, ifNoneMatch)
	refusal := wantCode(t, err, model.InvalidRequest)
	if len(refusal.Fields) != 1 || refusal.Fields[0].Field != field || refusal.Fields[0].Detail == "" {
		t.Errorf("the fields at fault are %+v, want %s", refusal.Fields, field)
	}
}

func TestParseConditionRepeatsLittle(t *testing.T) {
	_, err := model.ParseCondition(strings.Repeat("x", 1<<20), "")
	if refusal := wantCode(t, err, model.InvalidRequest); len(refusal.Detail) > 500 {
		t.Errorf("the detail has %d bytes of what a stranger sent", len(refusal.Detail))
	}
}

// RFC 9110, 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of
// empty list elements". Two fields of one name, one of them empty, make such a
// list too.
func TestConditionIgnoresEmptyElements(t *testing.T) {
	for _, field := range []string{`"s-1",`, `,"s-1"`, `"s-0", , "s-1"`, `, ,"s-1", `} {
		c, err := model.ParseCondition(field, "")
		if err != nil {
			t.Errorf("%s: %v", field, err)
		} else if !c.Holds("s-1", true) || c.Holds("s-2", true) {
			t.Errorf("%s does not mean \"s-1\"", field)
		}
	}
}

// The mark of a weak tag stands before the quotes (RFC 9110, 8.8.3); within them
// it is a part of the tag.
func TestConditionTellsWeakMarkFromTag(t *testing.T) {
	if condition(t, "", `"W/s-1"`).NotModified("s-1", true) {
		t.Error(`"W/s-1" matches s-1`)
	}
	if condition(t, `W/"s-1"`, "").Holds("W/s-1", true) {
		t.Error(`W/"s-1" matches W/s-1 strongly`)
	}
}

var (
	tagList = regexp.MustCompile(`\A[ \t]*(\*|(W/)?"[^"]*"([ \t]*,[ \t]*(W/)?"[^"]*")*)[ \t]*\z`)
	oneTag  = regexp.MustCompile(`(W/)?"([^"]*)"`)
)

func FuzzCondition(f *testing.F) {
	f.Add(`"s-1"`, "", "s-1", true)
	f.Add("", "*", "s-1", false)
	f.Add(`W/"s-1", "s-2"`, `"s-3",W/"s-1"`, "s-1", true)
	f.Add(`"a,b`, `x`, ",", true)
	f.Add(` * `, "\t", "", false)
	f.Fuzz(func(t *testing.T, ifMatch, ifNoneMatch, tag string, exists bool) {
		c, err := model.ParseCondition(ifMatch, ifNoneMatch)
		if err != nil {
			wantCode(t, err, model.InvalidRequest)
			if isTagList(ifMatch) && isTagList(ifNoneMatch) {
				t.Errorf("%q and %q are refused: %v", ifMatch, ifNoneMatch, err)
			}
			return
		}
		match := !isGiven(ifMatch) || exists && names(ifMatch, tag, false)
		none := isGiven(ifNoneMatch) && exists && names(ifNoneMatch, tag, true)
		if got := c.Holds(tag, exists); got != (match && !none) {
			t.Errorf("Holds = %t with If-Match %t and If-None-Match %t", got, match, !none)
		}
		if got := c.NotModified(tag, exists); got != none {
			t.Errorf("NotModified = %t, want %t", got, none)
		}
	})
}

func isGiven(field string) bool   { return strings.Trim(field, " \t") != "" }
func isTagList(field string) bool { return !isGiven(field) || tagList.MatchString(field) }

// names says in other words whether a field that is well-formed names the tag.
func names(field, tag string, weakly bool) bool {
	if strings.Trim(field, " \t") == "*" {
		return true
	}
	for _, found := range oneTag.FindAllStringSubmatch(field, -1) {
		if found[2] == tag && (weakly || found[1] == "") {
			return true
		}
	}
	return false
}

package model_test

import (
	"strings"
	"testing"

	"session-store/model"
)

func TestCheckPattern(t *testing.T) {
	tests := []struct {
		name, pattern string
		ok            bool
	}{
		{"empty", "", false},
		{"star", "*", true},
		{"key", "spotlight", true},
		{"prefix", "hand.*", true},
		{"prefix of one dot", ".*", true},
		{"prefix of two dots", "..*", true},
		{"dot", ".", false},
		{"two dots", "..", false},
		{"key of 128", strings.Repeat("a", 128), true},
		{"key of 129", strings.Repeat("a", 129), false},
		{"prefix of 128", strings.Repeat("a", 128) + "*", true},
		{"prefix of 129", strings.Repeat("a", 129) + "*", false},
		{"two stars", "**", false},
		{"star inside", "a*b", false},
		{"star before", "*a", false},
		{"star inside and behind", "a*b*", false},
		{"comma", "a,b*", false},
		{"control character", "a\n*", false},
		{"DEL", "\x7f*", false},
		{"C1", "\u0080*", false},
		{"prefix that cuts a letter", "é"[:1] + "*", false},
		{"prefix of a whole letter", "é*", true},
		{"key that is not UTF-8", "\xff", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantOK(t, model.CheckPattern(tt.pattern), tt.ok) })
	}
}

func TestKeysMatch(t *testing.T) {
	tests := []struct {
		name     string
		patterns []string
		match    []string
		not      []string
	}{
		{"none", nil, nil, []string{"", "a", "*"}},
		{"empty list", []string{}, nil, []string{"a"}},
		{"key", []string{"a"}, []string{"a"}, []string{"", "A", "ab", "ba", "a "}},
		{"prefix", []string{"hand.*"}, []string{"hand.", "hand.1", "hand.1.2"}, []string{"hand", "Hand.1", "xhand.1", "hand,1"}},
		{"star", []string{"*"}, []string{"a", "é", "a/b"}, nil},
		{"star among others", []string{"a", "*", "b*"}, []string{"c"}, nil},
		{"several keys", []string{"a", "b"}, []string{"a", "b"}, []string{"c", "ab"}},
		{"several prefixes", []string{"a.*", "b.*"}, []string{"a.1", "b.1"}, []string{"c.1", "a", "b"}},
		{"prefix within a prefix", []string{"a*", "ab*"}, []string{"a", "ab", "ac"}, []string{"b"}},
		{"the same twice", []string{"a*", "a*", "b", "b"}, []string{"a", "b"}, []string{"c", "bb"}},
		{"key and prefix", []string{"a", "b.*"}, []string{"a", "b.c"}, []string{"a.c", "b"}},
		{"one form of a letter is not the other", []string{"\u00e9"}, []string{"\u00e9"}, []string{"e\u0301"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys := model.NewKeys(tt.patterns)
			for _, key := range tt.match {
				if !keys.Match(key) {
					t.Errorf("%q does not match %q", tt.patterns, key)
				}
			}
			for _, key := range tt.not {
				if keys.Match(key) {
					t.Errorf("%q matches %q", tt.patterns, key)
				}
			}
		})
	}
	if keys := (model.Keys{}); keys.Match("a") {
		t.Error("the zero value matches a key")
	}
	if !model.AllKeys().Match("a") {
		t.Error("AllKeys does not match a key")
	}
}

// What NewKeys makes may be held for as long as a stream lives: the list that it
// was made of is the caller's.
func TestKeysDoNotChangeWithTheirList(t *testing.T) {
	patterns := []string{"a", "b*"}
	keys := model.NewKeys(patterns)
	patterns[0], patterns[1] = "x", "y*"
	if !keys.Match("a") || !keys.Match("b1") || keys.Match("x") || keys.Match("y1") {
		t.Error("the set changed with the list that it was made of")
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("hand.*", "hand.1")
	f.Add("*", "a")
	f.Add("a", "a")
	f.Add("**", "*")
	f.Add("é*", "é\x00")
	f.Add(strings.Repeat("a", 129)+"*", "")
	f.Fuzz(func(t *testing.T, pattern, key string) {
		err := model.CheckPattern(pattern)
		wantOK(t, err, isPattern(pattern) || model.CheckKey(pattern) == nil)
		if err != nil {
			return
		}
		want := key == pattern || pattern[len(pattern)-1] == '*' && strings.HasPrefix(key, pattern[:len(pattern)-1])
		for _, list := range [][]string{{pattern}, {pattern, pattern}, {"\x00none", pattern, "\x00no*"}} {
			if key != "\x00none" && !strings.HasPrefix(key, "\x00no") && model.NewKeys(list).Match(key) != want {
				t.Errorf("%q matches %q: %t, want %t", list, key, !want, want)
			}
		}
	})
}

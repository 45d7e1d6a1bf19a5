package model_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"session-store/model"
)

func TestParsePosition(t *testing.T) {
	tests := []struct {
		name, text string
		want       model.Position
		ok         bool
	}{
		{"usual", "k3v9-17", model.Position{Session: "k3v9", Revision: 17}, true},
		{"capitals", "K3V9-17", model.Position{Session: "K3V9", Revision: 17}, true},
		{"begin", "a-0", model.Position{Session: "a"}, true},
		{"one", "a-1", model.Position{Session: "a", Revision: 1}, true},
		{"2^53-1", "a-9007199254740991", model.Position{Session: "a", Revision: 1<<53 - 1}, true},
		{"2^53", "a-9007199254740992", model.Position{}, false},
		{"2^64-1", "a-18446744073709551615", model.Position{}, false},
		{"2^64, which is 0 again", "a-18446744073709551616", model.Position{}, false},
		{"empty", "", model.Position{}, false},
		{"no dash", "k3v917", model.Position{}, false},
		{"only a dash", "-", model.Position{}, false},
		{"empty session", "-17", model.Position{}, false},
		{"empty revision", "a-", model.Position{}, false},
		{"two dashes", "a--1", model.Position{}, false},
		{"three parts", "a-b-1", model.Position{}, false},
		{"dash behind", "a-1-", model.Position{}, false},
		{"leading zero", "a-01", model.Position{}, false},
		{"two zeros", "a-00", model.Position{}, false},
		{"plus", "a-+1", model.Position{}, false},
		{"minus zero", "a--0", model.Position{}, false},
		{"hexadecimal", "a-0x1", model.Position{}, false},
		{"underscore", "a-1_0", model.Position{}, false},
		{"exponent", "a-1e3", model.Position{}, false},
		{"fraction", "a-1.0", model.Position{}, false},
		{"space before", " a-1", model.Position{}, false},
		{"space behind", "a-1 ", model.Position{}, false},
		{"newline behind", "a-1\n", model.Position{}, false},
		{"quotes", `"a-1"`, model.Position{}, false},
		{"other digits", "a-１", model.Position{}, false},
		{"dot in the session", "a.b-1", model.Position{}, false},
		{"underscore in the session", "a_b-1", model.Position{}, false},
		{"letter of two bytes in the session", "é-1", model.Position{}, false},
		{"not UTF-8", "\xff-1", model.Position{}, false},
		{"NUL in the session", "a\x00-1", model.Position{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := model.ParsePosition(tt.text)
			if ok != tt.ok || got != tt.want {
				t.Errorf("ParsePosition(%q) = %+v, %t, want %+v, %t", tt.text, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestPositionText(t *testing.T) {
	tests := []struct {
		name     string
		position model.Position
		text     string
	}{
		{"begin", model.Position{Session: "k3v9"}, "k3v9-0"},
		{"usual", model.Position{Session: "k3v9", Revision: 17}, "k3v9-17"},
		{"end", model.Position{Session: "k3v9", Revision: model.MaxRevision}, "k3v9-9007199254740991"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.position.String(); got != tt.text {
				t.Errorf("String() = %s, want %s", got, tt.text)
			}
			if got := tt.position.ETag(); got != `"`+tt.text+`"` {
				t.Errorf("ETag() = %s, want %q", got, tt.text)
			}
			if got, ok := model.ParsePosition(tt.text); !ok || got != tt.position {
				t.Errorf("ParsePosition(%s) = %+v, %t", tt.text, got, ok)
			}
			if !condition(t, tt.position.ETag(), "").Holds(tt.text, true) {
				t.Error("the ETag does not hold as If-Match")
			}
		})
	}
}

var positionText = regexp.MustCompile(`\A[A-Za-z0-9]+-(0|[1-9][0-9]{0,15})\z`)

func FuzzPosition(f *testing.F) {
	for _, seed := range []string{"k3v9-17", "a-0", "a-01", "a-9007199254740992", "-1", "a-b-1", "a-+1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := positionText.MatchString(text)
		if want {
			revision, err := strconv.ParseInt(text[strings.Index(text, "-")+1:], 10, 64)
			want = err == nil && revision < 1<<53
		}
		position, ok := model.ParsePosition(text)
		if ok != want {
			t.Fatalf("ParsePosition(%q) = %+v, %t, want %t", text, position, ok, want)
		}
		if !ok && position != (model.Position{}) {
			t.Errorf("%q is none, and reads as %+v", text, position)
		}
		if ok && position.String() != text {
			t.Errorf("%q came back as %q", text, position)
		}
	})
}

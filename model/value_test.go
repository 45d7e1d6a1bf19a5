package model_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"session-store/model"
)

func TestCompactValue(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"null", "null", "null"},
		{"true", " true\n", "true"},
		{"number", "17", "17"},
		{"out of range of a float", "1e400", "1e400"},
		{"trailing zero", "0.10", "0.10"},
		{"minus zero", "-0", "-0"},
		{"beyond 2^53", "12345678901234567890", "12345678901234567890"},
		{"spelling of an exponent", "1E+02", "1E+02"},
		{"many digits", "0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"},
		{"empty string", `""`, `""`},
		{"white space in a string", `" a  b "`, `" a  b "`},
		{"escapes stay", `"\u0041\/\n\"\\"`, `"\u0041\/\n\"\\"`},
		{"lone surrogate, escaped", `"\ud800"`, `"\ud800"`},
		{"NUL, escaped", `"\u0000"`, `"\u0000"`},
		{"letters of HTML", `"<a href='x'>&</a>"`, `"<a href='x'>&</a>"`},
		{"line separators", "\"\u2028\u2029\u0085\"", "\"\u2028\u2029\u0085\""},
		{"DEL", "\"\x7f\"", "\"\x7f\""},
		{"letters", `"é🙂"`, `"é🙂"`},
		{"order of members", `{"b": 1, "a": 2}`, `{"b":1,"a":2}`},
		{"the same member twice", `{"a": 1, "a": 2}`, `{"a":1,"a":2}`},
		{"empty name", `{"": {}}`, `{"":{}}`},
		{"all white space", " \t\r\n[ 1 ,\t2\r\n, { \"a\" : [ ] } ] ", `[1,2,{"a":[]}]`},
		{"white space behind a backslash", `[ "\\" , "\" " ]`, `["\\","\" "]`},
		{"deep", nest(10_000), nest(10_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := model.CompactValue([]byte(tt.raw))
			if err != nil || string(got) != tt.want {
				t.Errorf("CompactValue = %.80s, %v, want %.80s", got, err, tt.want)
			}
		})
	}
}

func TestCompactValueRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":                   "",
		"white space":               " \n",
		"two values":                "1 2",
		"text behind":               "null x",
		"leading zero":              "01",
		"plus":                      "+1",
		"point alone":               "1.",
		"hexadecimal":               "0x10",
		"NaN":                       "NaN",
		"undefined":                 "undefined",
		"capital":                   "True",
		"single quotes":             "'a'",
		"open string":               `"a`,
		"open array":                "[1",
		"comma behind":              "[1,]",
		"comma behind a member":     `{"a":1,}`,
		"name without quotes":       `{a:1}`,
		"comment":                   "1 // one",
		"newline in a string":       "\"a\nb\"",
		"NUL in a string":           "\"\x00\"",
		"escape that is none":       `"\x41"`,
		"short escape":              `"\u12"`,
		"byte order mark":           "\ufeff1",
		"no-break space around":     "\u00a01",
		"not UTF-8":                 "\"\xff\"",
		"surrogate":                 "\"\xed\xa0\x80\"",
		"overlong":                  "\"\xc0\xaf\"",
		"not UTF-8 in a name":       "{\"\xff\":1}",
		"too deep":                  nest(10_001),
		"far too deep":              nest(1_000_000),
		"deep and open":             strings.Repeat("[", 100_000),
		"deep objects, never ended": strings.Repeat(`{"a":`, 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			value, err := model.CompactValue([]byte(raw))
			if refusal := wantCode(t, err, model.InvalidJSON); !utf8.ValidString(refusal.Detail) {
				t.Errorf("the detail is not UTF-8: %q", refusal.Detail)
			}
			if value != nil {
				t.Errorf("a refused value is there: %.80s", value)
			}
		})
	}
}

func nest(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// A value is held for as long as its entry lives; the buffer of the body that it
// came from is not ours.
func TestValueIsACopy(t *testing.T) {
	raw := []byte(`{"a":1}`)
	value, err := model.CompactValue(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw)
	if string(value) != `{"a":1}` {
		t.Errorf("the value changed with the body: %q", value)
	}
}

func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		`{"b": [1, 2.50, -0], "a": "\u0041 \" \\"}`, "1e400", " null ", "[ ]", "\"\u2028\"", "\"\xff\"", "[1,]", `"\ud800"`, nest(50),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		value, err := model.CompactValue(raw)
		if valid := json.Valid(raw) && utf8.Valid(raw); (err == nil) != valid {
			t.Fatalf("CompactValue(%q): %v, want valid %t", raw, err, valid)
		}
		if err != nil {
			wantCode(t, err, model.InvalidJSON)
			return
		}
		if want := withoutSpace(raw); !bytes.Equal(value, want) {
			t.Errorf("%q became %q, want %q", raw, value, want)
		}
		again, err := model.CompactValue(value)
		if err != nil || !bytes.Equal(again, value) {
			t.Errorf("compacted again, %q became %q, %v", value, again, err)
		}
		if marshalled, err := value.MarshalJSON(); err != nil || !bytes.Equal(marshalled, value) {
			t.Errorf("MarshalJSON made %q of %q, %v", marshalled, value, err)
		}
		if bytes.ContainsAny(value, "\r\n") { // it would end a line of an event
			t.Errorf("a line ends in %q", value)
		}
	})
}

// withoutSpace drops the white space outside of strings, and nothing else.
func withoutSpace(raw []byte) []byte {
	var out []byte
	quoted, escaped := false, false
	for _, b := range raw {
		if !quoted && strings.IndexByte(" \t\r\n", b) >= 0 {
			continue
		}
		if b == '"' && !escaped {
			quoted = !quoted
		}
		escaped = b == '\\' && !escaped
		out = append(out, b)
	}
	return out
}

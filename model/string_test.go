package model_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"session-store/model"
)

func TestAppendString(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", `""`},
		{"plain", "hand.1", `"hand.1"`},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"only quotes", `""`, `"\"\""`},
		{"line ends", "a\r\nb", `"a\u000d\u000ab"`},
		{"NUL and the last control character", "\x00\x1f", `"\u0000\u001f"`},
		{"space and DEL stand as they are", " \x7f", "\" \x7f\""},
		{"slash", "a/b", `"a/b"`},
		{"letters of HTML", "<&>", `"<&>"`},
		{"letters", "é🙂\u2028", "\"é🙂\u2028\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(model.AppendString([]byte("before"), tt.text)); got != "before"+tt.want {
				t.Errorf("AppendString = %s, want before%s", got, tt.want)
			}
		})
	}
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "spotlight", "a\"\\\n\x00\x1f\x7f", "é\u2028🙂", "<&>", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		encoded := model.AppendString(nil, text)
		if strings.ContainsFunc(string(encoded), func(r rune) bool { return r < 0x20 }) {
			t.Errorf("a control character in %q", encoded)
		}
		if !utf8.ValidString(text) {
			return // keys and ids are always valid
		}
		var back string
		if err := json.Unmarshal(encoded, &back); err != nil || back != text {
			t.Errorf("%q came back from %s as %q, %v", text, encoded, back, err)
		}
	})
}

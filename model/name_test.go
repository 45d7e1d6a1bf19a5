package model_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"session-store/model"
)

func TestCheckRoom(t *testing.T) {
	tests := []struct {
		name, room string
		ok         bool
	}{
		{"empty", "", false},
		{"one", "a", true},
		{"64", strings.Repeat("a", 64), true},
		{"65", strings.Repeat("a", 65), false},
		{"all kinds", "AZaz09_.:-", true},
		{"only punctuation", ":", true},
		{"space", "a b", false},
		{"slash", "a/b", false},
		{"percent", "a%20b", false},
		{"star", "*", false},
		{"comma", "a,b", false},
		{"newline behind", "a\n", false},
		{"NUL", "a\x00", false},
		{"DEL", "a\x7f", false},
		{"letter of two bytes", "é", false},
		{"full-width letter", "ａ", false},
		{"not UTF-8", "a\xff", false},
		{"before 0", "/", false},
		{"behind 9", ";", false},
		{"before A", "@", false},
		{"behind Z", "[", false},
		{"before a", "`", false},
		{"behind z", "{", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantOK(t, model.CheckRoom(tt.room), tt.ok) })
	}
}

func TestCheckKey(t *testing.T) {
	tests := []struct {
		name, key string
		ok        bool
	}{
		{"empty", "", false},
		{"one", "a", true},
		{"128", strings.Repeat("a", 128), true},
		{"129", strings.Repeat("a", 129), false},
		{"128 bytes in 64 letters", strings.Repeat("é", 64), true},
		{"129 bytes in 65 letters", strings.Repeat("é", 64) + "a", false},
		{"128 bytes in 32 emoji", strings.Repeat("🙂", 32), true},
		{"132 bytes in 33 emoji", strings.Repeat("🙂", 33), false},
		{"dot", ".", false},
		{"two dots", "..", false},
		{"three dots", "...", true},
		{"dot before", ".a", true},
		{"dot behind", "a.", true},
		{"dots in a path", "a/../b", true},
		{"comma", ",", false},
		{"comma inside", "a,b", false},
		{"star", "*", false},
		{"star behind", "a*", false},
		{"star before", "*a", false},
		{"slash", "/", true},
		{"space", " ", true},
		{"quotes and backslash", `"\'`, true},
		{"percent", "%2F", true},
		{"query and fragment", "?a=b#c", true},
		{"no-break space, just behind C1", "\u00a0", true},
		{"line separator", "\u2028", true},
		{"zero width joiner", "a\u200db", true},
		{"replacement character, sent as such", "\ufffd", true},
		{"highest", "\U0010ffff", true},
		{"lone byte", "\xff", false},
		{"cut off letter", "é"[:1], false},
		{"surrogate", "\xed\xa0\x80", false},
		{"overlong", "\xc0\xaf", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantOK(t, model.CheckKey(tt.key), tt.ok) })
	}
	for r := rune(0); r <= 0xa0; r++ {
		control := r < 0x20 || r >= 0x7f && r < 0xa0
		for _, key := range []string{"a" + string(r), string(r) + "a"} {
			t.Run(fmt.Sprintf("%U", r), func(t *testing.T) {
				wantOK(t, model.CheckKey(key), !control && r != ',' && r != '*')
			})
		}
	}
}

func wantOK(t *testing.T, err error, ok bool) {
	t.Helper()
	if (err == nil) != ok {
		t.Errorf("the error is %v, want ok %t", err, ok)
	}
	if err != nil && !utf8.ValidString(err.Error()) {
		t.Errorf("the sentence is not UTF-8: %q", err)
	}
}

func FuzzRoom(f *testing.F) {
	for _, seed := range []string{"", "standup", "a.b_c:d-E9", "a b", strings.Repeat("x", 65)} {
		f.Add(seed)
	}
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"
	f.Fuzz(func(t *testing.T, room string) {
		ok := len(room) >= 1 && len(room) <= 64 && !strings.ContainsFunc(room, func(r rune) bool { return !strings.ContainsRune(allowed, r) })
		wantOK(t, model.CheckRoom(room), ok)
	})
}

func FuzzKey(f *testing.F) {
	for _, seed := range []string{"", "spotlight", "hand.b5kd", "..", "a,b", "a\u0085", "é\xff", strings.Repeat("é", 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		ok := isKeyText(key) && key != "" && len(key) <= 128 && key != "." && key != ".."
		wantOK(t, model.CheckKey(key), ok)
		wantOK(t, model.CheckPattern(key), ok || isPattern(key))
	})
}

// isKeyText says in other words what a key may have in it.
func isKeyText(text string) bool {
	banned := func(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f || r == ',' || r == '*' }
	return utf8.ValidString(text) && !strings.ContainsFunc(text, banned)
}

func isPattern(text string) bool {
	return text != "" && text[len(text)-1] == '*' && len(text) <= 129 && isKeyText(text[:len(text)-1])
}

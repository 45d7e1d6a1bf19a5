package sse_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"session-store/sse"
)

var update = flag.Bool("update", false, "write the golden files anew")

// member is a key's part with a number for a value, or a removal.
func member(key, value string) sse.Member {
	return sse.Member{Key: key, Name: []byte(`"` + key + `"`), Value: []byte(value)}
}

func removal(key, value string) sse.Member {
	m := member(key, value)
	m.Removed = true
	return m
}

// The golden files are the wire, byte by byte; the client's parser reads the same
// ones.
func TestGoldenEvents(t *testing.T) {
	entry := `{"key":"spotlight","value":"q1","revision":7,"updated_at":"2026-01-02T03:04:05.678Z","updated_by":"ann"}`
	gone := `{"revision":8,"reason":"deleted"}`
	tests := map[string][]byte{
		"snapshot":          sse.Snapshot("s1", 7, []sse.Member{member("spotlight", entry), member("hand.ann", "{}")}),
		"snapshot_empty":    sse.Snapshot("s1", 0, nil),
		"update_set":        sse.Update("s1", 7, []sse.Member{member("spotlight", entry)}),
		"update_removed":    sse.Update("s1", 8, []sse.Member{removal("spotlight", gone)}),
		"update_both":       sse.Update("s1", 8, []sse.Member{member("a", "{}"), removal("b", gone), member("c", "{}"), removal("d", gone)}),
		"end":               sse.End("s1", 8, "left"),
		"retry":             sse.Retry(1234),
		"largest_revision":  sse.Update("s1", 1<<53-1, []sse.Member{member("a", "{}")}),
		"utf8_and_newlines": sse.Update("s1", 9, []sse.Member{member("é ", `"a\nb é"`)}),
	}
	for name, got := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			// An event ends at the first empty line: one inside would cut it.
			if i := bytes.Index(got, []byte("\n\n")); i != len(got)-2 {
				t.Errorf("the event ends at byte %d of %d", i, len(got))
			}
		})
	}
}

// keys is a filter of its own, so that the package is tested without the model.
type keys map[string]bool

func (k keys) Match(key string) bool { return k["*"] || k[key] }

func TestFrameShowsEachStreamItsPart(t *testing.T) {
	a, b, c := member("a", "1"), removal("b", "2"), member("c", "3")
	frame := sse.NewFrame("s", 4, []sse.Member{a, b, c})
	tests := map[string]struct {
		filter keys
		want   []sse.Member
	}{
		"all":     {keys{"*": true}, []sse.Member{a, b, c}},
		"each":    {keys{"a": true, "b": true, "c": true}, []sse.Member{a, b, c}},
		"two":     {keys{"a": true, "c": true}, []sse.Member{a, c}},
		"removal": {keys{"b": true}, []sse.Member{b}},
		"none":    {keys{"d": true}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, want := frame.For(test.filter), []byte(nil)
			if test.want != nil {
				want = sse.Update("s", 4, test.want)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	first, again := frame.For(keys{"a": true}), frame.For(keys{"a": true})
	if &first[0] != &again[0] {
		t.Error("the same part was encoded twice")
	}
}

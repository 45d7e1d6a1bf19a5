package model_test

import (
	"fmt"
	"strings"
	"testing"

	"session-store/model"
)

// text is a value of n bytes.
func text(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }

// numbered are n keys, key, value, key, value ..., each of 3 bytes.
func numbered(n int, value string) []string {
	pairs := make([]string, 0, 2*n)
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("%03d", i), value)
	}
	return pairs
}

func TestValueLimit(t *testing.T) {
	accents := `"` + strings.Repeat("é", 511) // 1,023 bytes
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"1024", text(1024), true},
		{"1025", text(1025), false},
		{"1024 bytes in few letters", accents + `"`, true},
		{"1025 bytes in few letters", accents + `x"`, false},
		{"1025 digits", strings.Repeat("1", 1025), false},
		{"far too large", text(1 << 20), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := began(t, model.DefaultLimits(), "ann")
			// The length of the key does not count against its value.
			write := set("ann", strings.Repeat("k", 128), tt.value)
			if tt.ok {
				do(t, s, write)
				return
			}
			wantLimit(t, refuse(t, s, write, model.ValueTooLarge), 1024, len(tt.value))
			refuse(t, s, set("ann", "small", "1", "large", tt.value), model.ValueTooLarge)
		})
	}
}

func TestValueLimitCountsCompactForm(t *testing.T) {
	value, err := model.CompactValue([]byte("[ " + strings.Repeat(" ", 2000) + text(1022) + "\n]"))
	if err != nil {
		t.Fatal(err)
	}
	do(t, began(t, model.DefaultLimits(), "ann"), set("ann", "a", string(value)))
}

func TestKeyLimit(t *testing.T) {
	s := began(t, model.DefaultLimits(), "ann")
	wantLimit(t, refuse(t, s, set("ann", numbered(101, "1")...), model.TooManyKeys), 100, 101)
	do(t, s, set("ann", numbered(100, "1")...))
	wantLimit(t, refuse(t, s, set("ann", "new", "1"), model.TooManyKeys), 100, 101)
	wantLimit(t, refuse(t, s, set("ann", "new", "1", "newer", "1", "000", "2"), model.TooManyKeys), 100, 102)

	do(t, s, set("ann", numbered(100, "2")...)) // the same keys again
	swap := set("ann", "new", "1")
	swap.Remove = []string{"000"}
	do(t, s, swap)
	swap = set("ann", "newer", "1", "newest", "1")
	swap.Remove = []string{"new", "000"} // only one of them is there
	wantLimit(t, refuse(t, s, swap, model.TooManyKeys), 100, 101)

	do(t, s, remove("ann", "new"))
	do(t, s, set("ann", "new", "1"))
	wantSize(t, s, 100, 99*4+4)
}

func TestTotalLimit(t *testing.T) {
	s := began(t, model.DefaultLimits(), "ann")
	do(t, s, set("ann", numbered(64, text(1021))...)) // 64 * 1,024
	wantSize(t, s, 64, 65536)

	wantLimit(t, refuse(t, s, set("ann", "000", text(1022)), model.StoreFull), 65536, 65537)
	wantLimit(t, refuse(t, s, set("ann", "n", "1"), model.StoreFull), 65536, 65538)
	do(t, s, set("ann", "000", text(1021)))
	do(t, s, set("ann", "000", text(1020), "001", text(1022)))
	wantSize(t, s, 64, 65536)
	do(t, s, set("ann", "000", text(1018)))
	wantSize(t, s, 64, 65534)
	refuse(t, s, set("ann", "né", "1"), model.StoreFull) // 4 bytes, 3 letters
	do(t, s, set("ann", "n", "1"))
	wantSize(t, s, 65, 65536)

	swap := set("ann", "abc", text(1021))
	swap.Remove = []string{"002"}
	do(t, s, swap)
	swap = set("ann", "ab", text(1023))
	swap.Remove = []string{"003"}
	wantLimit(t, refuse(t, s, swap, model.StoreFull), 65536, 65537)
	do(t, s, remove("ann", "003"))
	wantSize(t, s, 64, 65536-1024)
	do(t, s, set("ann", "ab", text(1022)))
	wantSize(t, s, 65, 65536)
}

func TestTotalLimitWithinOneWrite(t *testing.T) {
	s := began(t, model.DefaultLimits(), "ann")
	wantLimit(t, refuse(t, s, set("ann", append(numbered(64, text(1021)), "x", "")...), model.StoreFull), 65536, 65537)
	do(t, s, set("ann", numbered(64, text(1021))...))
	removeAll := model.Write{By: "ann", At: at}
	for i := range 64 {
		removeAll.Remove = append(removeAll.Remove, fmt.Sprintf("%03d", i))
	}
	do(t, s, removeAll)
	wantSize(t, s, 0, 0)
}

// A list of keys to remove may name one twice; it makes room once, and it is gone
// once.
func TestLimitsCountRemovedKeyOnce(t *testing.T) {
	t.Run("keys", func(t *testing.T) {
		s := began(t, model.Limits{ValueBytes: 10, Keys: 2, TotalBytes: 1000}, "ann")
		do(t, s, set("ann", "a", "1", "b", "1"))
		refuse(t, s, with(set("ann", "c", "1", "d", "1"), "a", "a"), model.TooManyKeys)
	})
	t.Run("bytes", func(t *testing.T) {
		s := began(t, model.Limits{ValueBytes: 10, Keys: 10, TotalBytes: 20}, "ann")
		do(t, s, set("ann", "a", "123456789", "b", "123456789"))
		refuse(t, s, with(set("ann", "c", "123456789", "d", "123456789"), "a", "a"), model.StoreFull)
	})
	t.Run("event", func(t *testing.T) {
		s := began(t, roomy, "ann")
		do(t, s, set("ann", "a", "1"))
		if change := do(t, s, remove("ann", "a", "a")); len(change.Removed) != 1 {
			t.Errorf("the change removes %+v", change.Removed)
		}
	})
}

// lowered is the session under other limits, as after a restart with other flags.
func lowered(s *model.Session, limits model.Limits) *model.Session {
	low := model.NewSession(limits)
	low.Apply(s.Snapshot(at))
	return low
}

func TestLoweredLimitsStillLetShrink(t *testing.T) {
	before := began(t, roomy, "ann")
	do(t, before, set("ann", "a", text(20), "b", text(20), "c", text(20)))
	tests := []struct {
		name   string
		limits model.Limits
		write  model.Write
		code   model.Code // empty: done
	}{
		{"keys: remove", model.Limits{ValueBytes: 99, Keys: 1, TotalBytes: 999}, remove("ann", "a"), ""},
		{"keys: replace", model.Limits{ValueBytes: 99, Keys: 1, TotalBytes: 999}, set("ann", "a", "1"), ""},
		{"keys: swap one", model.Limits{ValueBytes: 99, Keys: 1, TotalBytes: 999}, with(set("ann", "d", "1"), "a"), ""},
		{"keys: one more", model.Limits{ValueBytes: 99, Keys: 1, TotalBytes: 999}, set("ann", "d", "1"), model.TooManyKeys},
		{"keys: two more for one less", model.Limits{ValueBytes: 99, Keys: 1, TotalBytes: 999}, with(set("ann", "d", "1", "e", "1"), "a"), model.TooManyKeys},
		{"bytes: remove", model.Limits{ValueBytes: 99, Keys: 9, TotalBytes: 10}, remove("ann", "a"), ""},
		{"bytes: smaller, still too large", model.Limits{ValueBytes: 99, Keys: 9, TotalBytes: 10}, set("ann", "a", text(19)), ""},
		{"bytes: the same size", model.Limits{ValueBytes: 99, Keys: 9, TotalBytes: 10}, set("ann", "a", text(20)), ""},
		{"bytes: one more", model.Limits{ValueBytes: 99, Keys: 9, TotalBytes: 10}, set("ann", "a", text(21)), model.StoreFull},
		{"bytes: a new key for a larger one", model.Limits{ValueBytes: 99, Keys: 9, TotalBytes: 10}, with(set("ann", "d", text(19)), "a"), ""},
		{"value: smaller, still too large", model.Limits{ValueBytes: 10, Keys: 9, TotalBytes: 999}, set("ann", "a", text(11)), model.ValueTooLarge},
		{"value: another key", model.Limits{ValueBytes: 10, Keys: 9, TotalBytes: 999}, set("ann", "d", text(10)), ""},
		{"none: remove all", model.Limits{}, remove("ann", "a", "b", "c"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := lowered(before, tt.limits)
			if tt.code != "" {
				refuse(t, s, tt.write, tt.code)
				return
			}
			do(t, s, tt.write)
		})
	}
}

// with removes keys in the same change.
func with(w model.Write, removed ...string) model.Write {
	w.Remove = removed
	return w
}

func wantLimit(t *testing.T, refusal *model.Error, limit, actual int) {
	t.Helper()
	if refusal.Limit != limit || refusal.Actual != actual {
		t.Errorf("%s says limit %d, actual %d, want %d and %d", refusal.Code, refusal.Limit, refusal.Actual, limit, actual)
	}
}

func wantSize(t *testing.T, s *model.Session, keys, bytes int) {
	t.Helper()
	if gotKeys, gotBytes := s.Size(); gotKeys != keys || gotBytes != bytes {
		t.Errorf("it holds %d keys, %d bytes, want %d and %d", gotKeys, gotBytes, keys, bytes)
	}
}

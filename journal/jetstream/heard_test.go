package jetstream

import (
	"slices"
	"testing"
)

// What a log keeps of what it hears, at every boundary.
func TestHeard(t *testing.T) {
	type steps = func(h *heard)
	hear := func(pairs ...uint64) steps { // prev, seq
		return func(h *heard) {
			for i := 0; i < len(pairs); i += 2 {
				h.add(stored{prev: pairs[i], seq: pairs[i+1], data: make([]byte, 100)})
			}
		}
	}
	read := func(seq uint64) steps { return func(h *heard) { h.settle(seq, h.suspicions) } }
	miss := func(seq uint64) steps { return func(h *heard) { h.miss(seq) } }
	suspect := func(h *heard) { h.suspicions++ }
	long := func(h *heard) {
		for i := range uint64(maxHeard + 1) {
			hear(3+i, 4+i)(h)
		}
	}
	tests := []struct {
		name  string
		steps []steps
		after uint64
		want  []uint64
		ok    bool
	}{
		{"nothing was read yet", []steps{hear(0, 3)}, 0, nil, false},
		{"nothing was heard", []steps{read(3)}, 3, nil, true},
		{"an empty room", []steps{read(0)}, 0, nil, true},
		{"the first of a room", []steps{read(0), hear(0, 3)}, 0, []uint64{3}, true},
		{"one", []steps{read(3), hear(3, 5)}, 3, []uint64{5}, true},
		{"several", []steps{read(3), hear(3, 5, 5, 6, 6, 9)}, 3, []uint64{5, 6, 9}, true},
		{"the rest of several", []steps{read(3), hear(3, 5, 5, 6, 6, 9)}, 5, []uint64{6, 9}, true},
		{"none of several", []steps{read(3), hear(3, 5, 5, 6)}, 6, nil, true},
		{"more than was asked before", []steps{read(3), hear(3, 5, 5, 6)}, 2, nil, false},
		{"what was read already", []steps{hear(0, 3, 3, 5), read(5)}, 5, nil, true},
		{"heard while it was read", []steps{hear(0, 3, 3, 5, 5, 6), read(5)}, 5, []uint64{6}, true},
		{"twice the same", []steps{read(3), hear(3, 5, 3, 5, 5, 6, 5, 6)}, 3, []uint64{5, 6}, true},
		{"an old one, late", []steps{read(5), hear(3, 5)}, 5, nil, true},
		{"a hole before all", []steps{read(3), hear(5, 6)}, 3, nil, false},
		{"a hole that was read", []steps{read(3), hear(5, 6), read(5)}, 5, []uint64{6}, true},
		{"a hole in the middle", []steps{read(3), hear(3, 5, 6, 7)}, 3, nil, false},
		{"behind a hole in the middle", []steps{read(3), hear(3, 5, 6, 7), read(6)}, 6, []uint64{7}, true},
		{"more than is kept", []steps{read(3), long}, 3, nil, false},
		{"all behind more than is kept", []steps{read(3), long, read(4 + maxHeard)}, 4 + maxHeard, nil, true},
		{"a new session after an end that has gone", []steps{read(3), hear(0, 9)}, 3, []uint64{9}, true},
		{"the audit finds one", []steps{read(3), miss(5)}, 3, nil, false},
		{"the audit finds one behind what was heard", []steps{read(3), hear(3, 5), miss(6)}, 3, nil, false},
		{"the audit finds what was heard", []steps{read(3), hear(3, 5), miss(5)}, 3, []uint64{5}, true},
		{"what the audit found was read", []steps{read(3), miss(5), read(5)}, 5, nil, true},
		{"a suspicion", []steps{read(3), hear(3, 5), suspect}, 3, nil, false},
		{"a suspicion that a read has settled", []steps{read(3), suspect, read(5)}, 5, nil, true},
		{"a suspicion that came while it was read", []steps{read(3), suspect, func(h *heard) { h.settle(5, 0) }}, 5, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := &heard{unread: true}
			for _, step := range tt.steps {
				step(h)
			}
			list, ok := h.after(tt.after)
			var got []uint64
			for _, s := range list {
				got = append(got, s.seq)
			}
			if ok != tt.ok || ok && !slices.Equal(got, tt.want) {
				t.Errorf("after %d: %v, %v, want %v, %v", tt.after, got, ok, tt.want, tt.ok)
			}
			if bytes := 100 * len(h.list); h.bytes != bytes {
				t.Errorf("%d bytes are counted, %d are there", h.bytes, bytes)
			}
		})
	}
}

func TestHeardIsBounded(t *testing.T) {
	h := &heard{}
	for i := range uint64(1000) {
		if !h.add(stored{prev: i, seq: i + 1, data: make([]byte, 10_000)}) {
			t.Fatal("it is no news")
		}
		if len(h.list) > maxHeard || h.bytes > maxHeardBytes {
			t.Fatalf("%d records of %d bytes are kept", len(h.list), h.bytes)
		}
	}
}

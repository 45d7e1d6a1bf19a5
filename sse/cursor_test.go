package sse

import "testing"

// Invariant head: resuming at the newest position sends nothing, an older one
// what has changed, any other a snapshot.
func TestHeadCursorArithmetic(t *testing.T) {
	const top = 1<<53 - 1
	tests := map[string]struct {
		cursor Cursor
		head   uint64
		length int
		do     step
		from   int
	}{
		"a new reader of a new session":      {Cursor{}, 0, 0, catchUp, 0},
		"a new reader":                       {Cursor{}, 9, 3, catchUp, 0},
		"the head of a new session":          {At(0), 0, 0, idle, 0},
		"the head":                           {At(9), 9, 3, idle, 0},
		"the head, no tail":                  {At(9), 9, 0, idle, 0},
		"one behind":                         {At(8), 9, 3, follow, 2},
		"one behind, a tail of one":          {At(8), 9, 1, follow, 0},
		"one behind, no tail":                {At(8), 9, 0, catchUp, 0},
		"the oldest that the tail still has": {At(6), 9, 3, follow, 0},
		"one too old":                        {At(5), 9, 3, catchUp, 0},
		"from the beginning":                 {At(0), 9, 3, catchUp, 0},
		"from the beginning, all there":      {At(0), 3, 3, follow, 0},
		"ahead":                              {At(10), 9, 3, catchUp, 0},
		"ahead of a new session":             {At(1), 0, 0, catchUp, 0},
		"the largest numbers":                {At(top - 1), top, 1, follow, 0},
		"a large gap":                        {At(0), top, 256, catchUp, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			do, from := test.cursor.next(test.head, test.length)
			if do != test.do || from != test.from {
				t.Errorf("got %v from %d, want %v from %d", do, from, test.do, test.from)
			}
		})
	}
}

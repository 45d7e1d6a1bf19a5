package sse

// shelf keeps the bytes of a tail's frames one behind the other, so that those in a row
// are one piece: under pressure thousands of streams are sent several at once, each of
// them others, and nothing has to be put together for any. The lock of the hub guards it.
type shelf struct {
	board *board // the one that is being filled
}

// board has a row of frames. What lies on it stays as it is: streams write from it while
// more is laid behind.
type board struct {
	bytes []byte // of which cap is never exceeded
}

// A room that is hardly written to has small boards: the first takes a few frames, each
// other one twice as much as the one before.
const (
	firstBoard = 1 << 10
	maxBoard   = maxBatch
)

// put lays the bytes of a frame behind the others. Large ones stay where they are: a
// board would hold few of them, and a call more for each write is nothing beside it.
func (s *shelf) put(f *Frame) {
	size := len(f.whole)
	if size > maxBoard/4 {
		return
	}
	if s.board == nil {
		s.board = &board{bytes: make([]byte, 0, max(4*size, firstBoard))}
	} else if full := cap(s.board.bytes); len(s.board.bytes)+size > full {
		s.board = &board{bytes: make([]byte, 0, min(max(2*full, 4*size), maxBoard))}
	}
	f.board, f.begin = s.board, len(s.board.bytes)
	s.board.bytes = append(s.board.bytes, f.whole...)
	end := len(s.board.bytes)
	f.whole = s.board.bytes[f.begin:end:end]
}

// isBehind reports whether the frame lies right behind another of the same tail, the one
// that was published before it.
func (f *Frame) isBehind(other *Frame) bool { return f.board != nil && f.board == other.board }

// upTo is the bytes from this frame to a last one, which all lie on one board; or of this
// one if it is the last.
func (f *Frame) upTo(last *Frame) []byte {
	if f == last {
		return f.whole
	}
	end := last.begin + len(last.whole)
	return f.board.bytes[f.begin:end:end]
}

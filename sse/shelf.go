package sse

import "sync/atomic"

// shelf keeps the bytes of a tail's frames one behind the other, so that those in a row
// are one piece: under pressure thousands of streams are sent several at once, each of
// them others, and nothing has to be put together for any.
type shelf struct {
	// board is the one that is being filled; the lock of the hub guards it.
	board *board
	// wanted is how many of the next frames streams will be sent together with others.
	// Where they are sent each by itself, boards would only be more memory to touch.
	wanted atomic.Int32
}

// want says that a stream was sent several frames at once: so others will be.
func (s *shelf) want() { s.wanted.Store(tailFrames) }

// isWanted counts one more frame.
func (s *shelf) isWanted() bool {
	if s.wanted.Load() == 0 {
		return false
	}
	s.wanted.Add(-1)
	return true
}

// board has a row of frames. What lies on it stays as it is: streams write from it while
// more is laid behind.
type board struct {
	bytes []byte // of which cap is never exceeded
}

// What lies on two boards is two writes for each stream, so that a room with many should
// have large ones, and may: the more streams it has, the less its boards count. In others
// each is twice as large as the one before, from firstBoard to smallBoard.
const (
	boardPerStream = 256
	firstBoard     = 1 << 10
	smallBoard     = 16 << 10
	maxBoard       = 4 * maxBatch
)

// put lays the bytes of a frame behind the others. Large ones stay where they are: a board
// would hold few of them.
func (s *shelf) put(f *Frame, streams int) {
	size := len(f.whole)
	if size > smallBoard {
		return
	}
	had := 0
	if s.board != nil {
		had = cap(s.board.bytes)
	}
	if s.board == nil || len(s.board.bytes)+size > had {
		most := min(max(boardPerStream*streams, smallBoard), maxBoard)
		next := max(2*had, boardPerStream*streams, 4*size, firstBoard)
		s.board = &board{bytes: make([]byte, 0, min(next, most))}
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

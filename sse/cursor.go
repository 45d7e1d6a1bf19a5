package sse

// Cursor is how far a stream's reader has been told. The zero value is a reader
// that knows nothing.
type Cursor struct {
	Known    bool
	Revision uint64
}

// At is the cursor of a reader that knows everything up to revision.
func At(revision uint64) Cursor { return Cursor{Known: true, Revision: revision} }

// step is what a stream has to do next.
type step int

const (
	idle    step = iota // the reader knows all
	follow              // send frames of the tail
	catchUp             // ask the source
)

// next decides it from the cursor and the tail, whose frames have the revisions
// head-length+1 to head without a hole. For follow, from is the index in the
// tail of the first frame to send.
func (c Cursor) next(head uint64, length int) (do step, from int) {
	switch {
	case !c.Known || c.Revision > head:
		return catchUp, 0
	case c.Revision == head:
		return idle, 0
	case head-c.Revision > uint64(length):
		return catchUp, 0
	}
	return follow, length - int(head-c.Revision)
}

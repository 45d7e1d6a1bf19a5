package sse

import "sync"

// Filter says which keys a stream shows.
type Filter interface {
	Match(key string) bool
}

// Frame is an encoded event, shared by all streams: for each set of its keys that
// somebody sees, the bytes are made once.
type Frame struct {
	// number is the revision of an update; comings and goings of peers are
	// counted apart.
	number  uint64
	session string
	members []Member // none: it is the same for all
	whole   []byte

	// board is where the tail has laid whole, and begin where on it; nil if it lies alone.
	board *board
	begin int

	// mu guards what follows: the parts, by the members seen, one byte each, and how many
	// bytes they are.
	mu    sync.Mutex
	parts map[string][]byte
	kept  int
}

// keptParts is how many times the bytes of the whole a frame keeps of its parts. There may
// be as many parts as streams, each of them as large; those that are too many are made for
// each stream again.
const keptParts = 4

// NewFrame encodes the update that a revision made of the members.
func NewFrame(session string, revision uint64, members []Member) *Frame {
	return &Frame{
		session: session, number: revision, members: members,
		whole: Update(session, revision, members),
	}
}

// NewPeersFrame encodes who has come and gone, as JSON; number is one more than
// that of the frame before.
func NewPeersFrame(number uint64, data []byte) *Frame {
	return &Frame{number: number, whole: Peers(data)}
}

// For is what a stream with the filter is sent: nil if it sees nothing of it.
// Callers must not change the bytes.
func (f *Frame) For(filter Filter) []byte {
	switch f.seenBy(filter) {
	case len(f.members):
		return f.whole
	case 0:
		return nil
	}
	return f.part(filter)
}

// isWholeFor reports whether a stream with the filter sees all of it.
func (f *Frame) isWholeFor(filter Filter) bool { return f.seenBy(filter) == len(f.members) }

func (f *Frame) seenBy(filter Filter) (members int) {
	for i := range f.members {
		if filter.Match(f.members[i].Key) {
			members++
		}
	}
	return members
}

func (f *Frame) part(filter Filter) []byte {
	seen, visible := make([]byte, len(f.members)), make([]Member, 0, len(f.members))
	for i, m := range f.members {
		if filter.Match(m.Key) {
			seen[i] = 1
			visible = append(visible, m)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if data, ok := f.parts[string(seen)]; ok {
		return data
	}
	data := Update(f.session, f.number, visible)
	if f.kept+len(data) > keptParts*len(f.whole) {
		return data
	}
	if f.parts == nil {
		f.parts = make(map[string][]byte)
	}
	f.parts[string(seen)], f.kept = data, f.kept+len(data)
	return data
}

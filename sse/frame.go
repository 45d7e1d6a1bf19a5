package sse

import "sync"

// Filter says which keys a stream shows.
type Filter interface {
	Match(key string) bool
}

// Frame is the encoded update of one revision, shared by all streams: for each
// set of its keys that somebody sees, the bytes are made once.
type Frame struct {
	session  string
	revision uint64
	members  []Member
	whole    []byte

	mu    sync.Mutex
	parts map[string][]byte // by the members seen, one byte each
}

// NewFrame encodes the update that a revision made of the members.
func NewFrame(session string, revision uint64, members []Member) *Frame {
	return &Frame{
		session: session, revision: revision, members: members,
		whole: Update(session, revision, members),
	}
}

// For is what a stream with the filter is sent: nil if it sees nothing of it.
// Callers must not change the bytes.
func (f *Frame) For(filter Filter) []byte {
	if len(f.members) == 1 {
		if filter.Match(f.members[0].Key) {
			return f.whole
		}
		return nil
	}
	seen := make([]byte, len(f.members))
	var visible []Member
	for i, m := range f.members {
		if filter.Match(m.Key) {
			seen[i] = 1
			visible = append(visible, m)
		}
	}
	switch len(visible) {
	case 0:
		return nil
	case len(f.members):
		return f.whole
	}
	return f.part(seen, visible)
}

func (f *Frame) part(seen []byte, visible []Member) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, ok := f.parts[string(seen)]
	if !ok {
		data = Update(f.session, f.revision, visible)
		if f.parts == nil {
			f.parts = make(map[string][]byte)
		}
		f.parts[string(seen)] = data
	}
	return data
}

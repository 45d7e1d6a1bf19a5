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

	mu    sync.Mutex
	parts map[string][]byte // by the members seen, one byte each
}

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
	if len(f.members) < 2 {
		if len(f.members) == 0 || filter.Match(f.members[0].Key) {
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
		data = Update(f.session, f.number, visible)
		if f.parts == nil {
			f.parts = make(map[string][]byte)
		}
		f.parts[string(seen)] = data
	}
	return data
}

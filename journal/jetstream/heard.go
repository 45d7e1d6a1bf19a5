package jetstream

import "session-store/model"

// stored is a record as it stands in the stream, or as it was told of.
type stored struct {
	seq, prev uint64 // its number, and that of the record before it in its room
	data      []byte
	// changes are what data says, if that is known.
	changes []*model.Change
}

const (
	// maxHeard and maxHeardBytes bound what a log keeps for a room that does not
	// ask for it: it then reads what it has missed.
	maxHeard      = 64
	maxHeardBytes = 256 << 10
)

// heard is what has come of a room by itself: records that connect, the newest
// ones. What does not connect is a hole, and whoever stands before it must read.
type heard struct {
	list  []stored
	bytes int
	// known is the newest number that the room has; what is older is no news.
	known uint64
	// hole is the newest number that is known of and is not in the list.
	hole uint64
	// unread says that the room has not read yet, suspicions counts the reasons to
	// think that something is there of which nothing was heard, settled how many
	// of them a read has answered.
	unread              bool
	suspicions, settled uint64
}

// add takes in a record, and reports whether it is news.
func (h *heard) add(s stored) bool {
	if s.seq <= h.known {
		return false
	}
	if n := len(h.list); n > 0 {
		last := h.list[n-1]
		if s.seq <= last.seq {
			return false
		}
		if s.prev != last.seq {
			h.drop()
		}
	}
	if len(h.list) == maxHeard || h.bytes+len(s.data) > maxHeardBytes {
		h.drop()
		h.hole = s.seq
		return true
	}
	if len(h.list) == 0 && s.prev > h.known {
		h.hole = max(h.hole, s.prev)
	}
	h.list = append(h.list, s)
	h.bytes += len(s.data)
	return true
}

// drop gives up what is in the list.
func (h *heard) drop() {
	if n := len(h.list); n > 0 {
		h.hole = max(h.hole, h.list[n-1].seq)
	}
	h.list, h.bytes = nil, 0
}

// after gives what follows a number. ok is false if something may be missing.
func (h *heard) after(after uint64) (list []stored, ok bool) {
	if h.unread || h.suspicious() || after < h.known {
		return nil, false
	}
	h.know(after)
	if after < h.hole {
		return nil, false
	}
	if len(h.list) == 0 {
		return nil, true
	}
	first := h.list[0]
	return h.list[:len(h.list):len(h.list)], first.prev == after || first.prev == 0
}

// miss takes note of a record that is there and was not heard, perhaps with others.
func (h *heard) miss(seq uint64) bool {
	if seq <= h.newest() {
		return false
	}
	h.hole = seq
	return true
}

// know takes note of how far the room has got.
func (h *heard) know(seq uint64) {
	h.known = max(h.known, seq)
	n := 0
	for n < len(h.list) && h.list[n].seq <= h.known {
		h.bytes -= len(h.list[n].data)
		n++
	}
	if n == len(h.list) {
		h.list, h.bytes = nil, 0
		return
	}
	h.list = h.list[n:]
}

func (h *heard) suspicious() bool { return h.suspicions != h.settled }

// settle takes note of an answer that tells all up to a number: the suspicions that
// there were before it was asked for are over.
func (h *heard) settle(seq, suspicions uint64) {
	h.unread = false
	h.settled = max(h.settled, suspicions)
	h.know(seq)
}

// newest is the newest number that is known of.
func (h *heard) newest() uint64 {
	newest := max(h.known, h.hole)
	if n := len(h.list); n > 0 {
		newest = max(newest, h.list[n-1].seq)
	}
	return newest
}

package model

import "strconv"

// Reason says why an entry or a peer has gone.
type Reason string

// Reasons for a removed entry.
const (
	Deleted   Reason = "deleted"
	Expired   Reason = "expired"
	OwnerLeft Reason = "owner_left"
)

// Reasons for a peer that has gone, and for the end of its streams.
const (
	Left        Reason = "left"
	Kicked      Reason = "kicked"
	TimedOut    Reason = "timeout"
	SessionOver Reason = "session_over"
)

// Removal is a key that has gone, with the revision that removed it.
type Removal struct {
	Key      string
	Revision uint64
	Reason   Reason
}

// AppendJSON appends {"revision","reason"}; the key is the name that it stands
// under.
func (r Removal) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"revision":`...)
	dst = strconv.AppendUint(dst, r.Revision, 10)
	dst = append(dst, `,"reason":`...)
	dst = AppendString(dst, string(r.Reason))
	return append(dst, '}')
}

package model

import "strconv"

// Entry is a key and its value, with the revision that wrote it. It is never
// changed once it is made, so that readers may hold it without a lock.
type Entry struct {
	Key       string `json:"key" example:"spotlight"`
	Value     Value  `json:"value" swaggertype:"object"`
	Revision  uint64 `json:"revision" example:"17"`
	UpdatedAt Time   `json:"updated_at" swaggertype:"string" format:"date-time"`
	UpdatedBy string `json:"updated_by" example:"b5kd2mqzx7ya"` // the id of a peer
} //@name Entry

// Size is what the entry counts against Limits.TotalBytes.
func (e *Entry) Size() int { return len(e.Key) + len(e.Value) }

// AppendJSON appends the entry in the one form that answers and events share.
func (e *Entry) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"key":`...)
	dst = AppendString(dst, e.Key)
	dst = append(dst, `,"value":`...)
	dst = append(dst, e.Value...)
	dst = append(dst, `,"revision":`...)
	dst = strconv.AppendUint(dst, e.Revision, 10)
	dst = append(dst, `,"updated_at":`...)
	dst = e.UpdatedAt.AppendJSON(dst)
	dst = append(dst, `,"updated_by":`...)
	dst = AppendString(dst, e.UpdatedBy)
	return append(dst, '}')
}

// MarshalJSON is AppendJSON for encoding/json.
func (e *Entry) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

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

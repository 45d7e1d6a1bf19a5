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
	// ExpiresAt is when the entry goes by itself; 0 is never.
	ExpiresAt Time `json:"expires_at,omitempty" swaggertype:"string" format:"date-time"`
	// Ephemeral entries go when the peer goes that wrote them.
	Ephemeral bool `json:"ephemeral,omitempty"`

	// encoded is what AppendJSON appends, if it was made before, and a line end
	// behind it that answers have.
	encoded []byte
} //@name Entry

// Size is what the entry counts against Limits.TotalBytes.
func (e *Entry) Size() int { return len(e.Key) + len(e.Value) }

// Encode makes the JSON once, for the answer and all readers. The value is then a
// part of it, so that it is held once too. It is for whoever has made the entry.
func (e *Entry) Encode() {
	encoded, begin := e.appendJSON(make([]byte, 0, 160+len(e.Key)+len(e.Value)))
	e.encoded = append(encoded, '\n')
	e.Value = e.encoded[begin : begin+len(e.Value) : begin+len(e.Value)]
}

// AppendJSON appends the entry in the one form that answers and events share.
func (e *Entry) AppendJSON(dst []byte) []byte {
	return append(dst, e.JSON()...)
}

// JSON is that form; it must not be changed.
func (e *Entry) JSON() []byte {
	line := e.JSONLine()
	return line[: len(line)-1 : len(line)-1]
}

// JSONLine is that form with a line end; it must not be changed.
func (e *Entry) JSONLine() []byte {
	if e.encoded != nil {
		return e.encoded
	}
	line, _ := e.appendJSON(nil)
	return append(line, '\n')
}

// appendJSON says besides where the value begins.
func (e *Entry) appendJSON(dst []byte) (json []byte, value int) {
	dst = append(dst, `{"key":`...)
	dst = AppendString(dst, e.Key)
	dst = append(dst, `,"value":`...)
	value = len(dst)
	dst = append(dst, e.Value...)
	dst = append(dst, `,"revision":`...)
	dst = strconv.AppendUint(dst, e.Revision, 10)
	dst = append(dst, `,"updated_at":`...)
	dst = e.UpdatedAt.AppendJSON(dst)
	dst = append(dst, `,"updated_by":`...)
	dst = AppendString(dst, e.UpdatedBy)
	if e.ExpiresAt != 0 {
		dst = append(dst, `,"expires_at":`...)
		dst = e.ExpiresAt.AppendJSON(dst)
	}
	if e.Ephemeral {
		dst = append(dst, `,"ephemeral":true`...)
	}
	return append(dst, '}'), value
}

// MarshalJSON is AppendJSON for encoding/json.
func (e *Entry) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

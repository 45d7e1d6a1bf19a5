package model

import "fmt"

// Code says what went wrong, in the one word that clients switch on.
type Code string //@name Code

// The codes of the contract. routes has the one table that maps them to
// statuses.
const (
	InvalidJSON          Code = "invalid_json"
	InvalidRequest       Code = "invalid_request"
	Unauthorized         Code = "unauthorized"
	Forbidden            Code = "forbidden"
	RoomNotFound         Code = "room_not_found"
	PeerNotFound         Code = "peer_not_found"
	KeyNotFound          Code = "key_not_found"
	NotFound             Code = "not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	TooManyKeys          Code = "too_many_keys"
	StoreFull            Code = "store_full"
	PreconditionFailed   Code = "precondition_failed"
	ValueTooLarge        Code = "value_too_large"
	BodyTooLarge         Code = "body_too_large"
	UnsupportedMediaType Code = "unsupported_media_type"
	RateLimited          Code = "rate_limited"
	Internal             Code = "internal"
	Unavailable          Code = "unavailable"
)

// Error is a refusal that the caller is told of. An error that is not an
// *Error is ours to know and not the caller's: it shows as [Internal].
type Error struct {
	Code   Code
	Detail string // a sentence that says what to do
	// Fields name the parts of the request at fault, for InvalidRequest.
	Fields []FieldError
	// Limit and Actual are set together, for refusals by a limit.
	Limit, Actual int
	// RetryAfter is after how many seconds it is worth trying again; 0 is not
	// known.
	RetryAfter int
	// Current is the entry as it is, or nil, for PreconditionFailed.
	Current *Entry
}

// FieldError is one part of a request that is not as it must be.
type FieldError struct {
	Field  string `json:"field" example:"keys"`
	Detail string `json:"detail" example:"a key is 1 to 128 bytes, this is 0"`
} //@name FieldError

func (e *Error) Error() string { return string(e.Code) + ": " + e.Detail }

// Errorf makes an Error with a code and a sentence.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// invalidField makes an InvalidRequest about one field.
func invalidField(field, format string, args ...any) *Error {
	return InvalidFields(FieldError{Field: field, Detail: fmt.Sprintf(format, args...)})
}

// InvalidFields makes an InvalidRequest; its sentence is that of the first
// field.
func InvalidFields(fields ...FieldError) *Error {
	return &Error{Code: InvalidRequest, Detail: fields[0].Field + ": " + fields[0].Detail, Fields: fields}
}

// LimitError is the refusal of what would be actual of something that there is at most
// limit of.
func LimitError(code Code, limit, actual int, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...), Limit: limit, Actual: actual}
}

// TooLarge is the refusal of a body of more than limit bytes.
func TooLarge(limit, actual int) *Error {
	return LimitError(BodyTooLarge, limit, actual,
		"a body is at most %d bytes here, this is at least %d", limit, actual)
}

// ErrGone is what a peer is told that is not in the session any more.
func ErrGone() *Error {
	return Errorf(Unauthorized, "this peer has left the room: join again")
}

// ErrNoRoom is what an admin is told of a room without a session.
func ErrNoRoom() *Error {
	return Errorf(RoomNotFound, "nobody is in this room: its session begins with the first join")
}

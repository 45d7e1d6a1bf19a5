package routes

import (
	"errors"
	"net/http"
	"strconv"

	"session-store/model"
)

// statuses is the one table from codes to statuses.
var statuses = map[model.Code]int{
	model.InvalidJSON:          http.StatusBadRequest,
	model.InvalidRequest:       http.StatusBadRequest,
	model.Unauthorized:         http.StatusUnauthorized,
	model.Forbidden:            http.StatusForbidden,
	model.RoomNotFound:         http.StatusNotFound,
	model.PeerNotFound:         http.StatusNotFound,
	model.KeyNotFound:          http.StatusNotFound,
	model.NotFound:             http.StatusNotFound,
	model.MethodNotAllowed:     http.StatusMethodNotAllowed,
	model.TooManyKeys:          http.StatusConflict,
	model.StoreFull:            http.StatusConflict,
	model.PreconditionFailed:   http.StatusPreconditionFailed,
	model.ValueTooLarge:        http.StatusRequestEntityTooLarge,
	model.BodyTooLarge:         http.StatusRequestEntityTooLarge,
	model.UnsupportedMediaType: http.StatusUnsupportedMediaType,
	model.RateLimited:          http.StatusTooManyRequests,
	model.Internal:             http.StatusInternalServerError,
	model.Unavailable:          http.StatusServiceUnavailable,
}

// Problem is the body of every error (RFC 9457).
type Problem struct {
	// RFC 9457, 4.2.1: "about:blank" says that the problem has no semantics
	// beyond the status; ours are in code.
	Type   string             `json:"type" example:"about:blank"`
	Title  string             `json:"title" example:"Content Too Large"`
	Status int                `json:"status" example:"413"`
	Detail string             `json:"detail" example:"a value is at most 1024 bytes of compact JSON, the one for \"notes\" is 1300"`
	Code   model.Code         `json:"code" example:"value_too_large"`
	Limit  int                `json:"limit,omitempty" example:"1024"`
	Actual int                `json:"actual,omitempty" example:"1300"`
	Errors []model.FieldError `json:"errors,omitempty"`
	// Current is the entry as it is, or null: with precondition_failed only.
	Current any `json:"current,omitempty" swaggertype:"object"`

	retryAfter int // seconds; 0 is not known
} //@name Problem

// problemOf is what the caller is told of an error. What is not a *model.Error
// is ours to know: the caller learns only that it was not its fault.
func problemOf(err error) Problem {
	told, ok := errors.AsType[*model.Error](err)
	if !ok {
		told = model.Errorf(model.Internal, "something went wrong here; it is in the log")
	}
	status := statuses[told.Code]
	problem := Problem{
		Type: "about:blank", Title: title(status), Status: status,
		Detail: told.Detail, Code: told.Code,
		Limit: told.Limit, Actual: told.Actual, Errors: told.Fields,
		retryAfter: told.RetryAfter,
	}
	if told.Code == model.PreconditionFailed {
		problem.Current = told.Current // a nil *Entry shows as null
	}
	return problem
}

// announce adds the header fields that belong to the code.
func (p *Problem) announce(header http.Header) {
	switch p.Code {
	case model.Unauthorized:
		header.Set("WWW-Authenticate", "Bearer") // RFC 6750, 3
	case model.Unavailable, model.RateLimited:
		header.Set("Retry-After", strconv.Itoa(max(1, p.retryAfter)))
	}
}

func isCode(err error, code model.Code) bool {
	told, ok := errors.AsType[*model.Error](err)
	return ok && told.Code == code
}

// title is the phrase of RFC 9110, 15; net/http still has two of its
// predecessors.
func title(status int) string {
	if status == http.StatusRequestEntityTooLarge {
		return "Content Too Large"
	}
	return http.StatusText(status)
}

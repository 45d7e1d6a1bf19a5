package routes

import (
	"strconv"
	"strings"
	"time"

	"session-store/model"
	"session-store/room"
)

// maxDuration bounds for=SECONDS: whoever wants a stream for longer than a day
// wants one without an end.
const maxDuration = 24 * time.Hour

// observe opens a stream.
//
//	@Summary		Observe keys
//	@Description	A stream of server-sent events: first a snapshot, then an update after each change of an observed key, last an end.
//	@Description	Here in Swagger UI, use "for": the answer is shown when the stream has ended.
//	@Tags			store
//	@Produce		text/event-stream,application/problem+json
//	@Param			room			path		string	true	"the room"	example(standup)
//	@Param			keys			query		string	true	"keys, prefixes with *, or *, with commas between them; at most 100"	example(*)
//	@Param			since			query		string	false	"the position to go on from, as SESSION-REVISION"
//	@Param			for				query		number	false	"seconds after which the stream ends by itself; at most 86400"	example(5)
//	@Param			peers			query		boolean	false	"true: peers events too, who is there, and then who comes and goes"
//	@Param			access_token	query		string	false	"the token, for EventSource, which cannot set headers"
//	@Param			Last-Event-ID	header		string	false	"as since, and before it"
//	@Success		200				{string}	string	"snapshot, update, peers and end events"
//	@Failure		400				{object}	Problem	"invalid_request"
//	@Failure		401				{object}	Problem	"unauthorized"
//	@Failure		403				{object}	Problem	"forbidden"
//	@Failure		404				{object}	Problem	"room_not_found"
//	@Security		Bearer
//	@Router			/rooms/{room}/observe [get]
func observe(c *call) (answer, error) {
	if c.gin.Request.ContentLength != 0 {
		// net/http would wait for it before it sends the first byte.
		return answer{}, badBody("is not for a stream")
	}
	keys, given, err := c.keys()
	if err != nil {
		return answer{}, err
	}
	if !given {
		return answer{}, model.InvalidFields(model.FieldError{
			Field: "keys", Detail: "is required: the keys to observe, prefixes with *, or * for all",
		})
	}
	duration, err := c.duration()
	if err != nil {
		return answer{}, err
	}
	peers, err := c.wantsPeers()
	if err != nil {
		return answer{}, err
	}
	stream, err := c.caller.Observe(c.gin.Request.Context(), room.Observe{Keys: keys, From: c.position(), Peers: peers})
	if err != nil {
		return answer{}, err
	}
	return answer{stream: stream, duration: duration}, nil
}

// position is where the reader wants to go on. What is no position is no error:
// an EventSource cannot be told of one, so it gets a snapshot.
func (c *call) position() model.Position {
	text := c.gin.GetHeader("Last-Event-ID")
	if text == "" {
		text = c.query.Get("since")
	}
	position, _ := model.ParsePosition(text)
	return position
}

func (c *call) wantsPeers() (bool, error) {
	switch c.query.Get("peers") {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, model.InvalidFields(model.FieldError{Field: "peers", Detail: "is true or false"})
}

func (c *call) duration() (time.Duration, error) {
	text := c.query.Get("for")
	if text == "" {
		return 0, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if strings.ContainsAny(text, "xX_") { // Go's own notations
		err = strconv.ErrSyntax
	}
	if err != nil || !(seconds >= 0.001 && seconds <= maxDuration.Seconds()) { // NaN is neither
		return 0, model.InvalidFields(model.FieldError{
			Field: "for", Detail: "is a number of seconds, from 0.001 to 86400",
		})
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

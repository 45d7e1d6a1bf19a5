package routes

import (
	"log/slog"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"session-store/model"
	"session-store/trace"
)

// remark is what is worth saying of a request besides its answer: in its log line, and
// in its span. Most requests have none, since nobody wants to know.
type remark struct {
	room, peer string
	code       model.Code // of the error that was answered
	// fault is an error that is ours to know, or what a handler panicked with, what is the
	// message for it, stack that of the panic.
	fault any
	what  string
	stack []byte
	span  trace.Span
}

const remarkKey = "remark"

// attend makes a remark of a request that somebody wants to know of.
func (a *api) attend(c *gin.Context) {
	traced := a.tracer != nil && strings.HasPrefix(c.FullPath(), "/rooms/") // and not what Prometheus asks
	if !traced && !a.log.Enabled(c.Request.Context(), slog.LevelDebug) {
		return
	}
	remark := remarkOn(c)
	if traced {
		c.Request, remark.span = a.tracer.Request(c.Request, c.FullPath())
	}
}

// remarkOf is nil if there is none.
func remarkOf(c *gin.Context) *remark {
	if c.Keys == nil { // the common case, without the lock of Get
		return nil
	}
	found, _ := c.Get(remarkKey)
	remark, _ := found.(*remark)
	return remark
}

// remarkOn makes one if there is none.
func remarkOn(c *gin.Context) *remark {
	if found := remarkOf(c); found != nil {
		return found
	}
	made := &remark{}
	c.Set(remarkKey, made)
	return made
}

// note adds who has called, and where.
func (r *remark) note(c *call) {
	if r == nil {
		return
	}
	r.room = c.room
	if c.caller != nil {
		r.peer = c.caller.Name()
	}
}

// report says what there is to say, once. The query is never logged, since it may hold
// a token, nor is a header or a body.
func (a *api) report(c *gin.Context, elapsed time.Duration) {
	remark := remarkOf(c)
	if remark == nil {
		return
	}
	remark.endSpan(c)
	switch {
	case remark.fault != nil:
		a.complaints.say(remark.what, append(remark.fields(c, elapsed), "error", remark.fault)...)
	case a.log.Enabled(c.Request.Context(), slog.LevelDebug):
		a.log.Debug("request", remark.fields(c, elapsed)...)
	}
}

// loggedPath is as much of a path as there is in any that leads somewhere.
const loggedPath = 256

func (r *remark) fields(c *gin.Context, elapsed time.Duration) []any {
	fields := []any{
		"method", clip(c.Request.Method), "path", clipTo(c.Request.URL.Path, loggedPath),
		"status", c.Writer.Status(), "took", elapsed,
	}
	for _, field := range []struct{ name, text string }{
		{"room", r.room}, {"peer", r.peer}, {"code", string(r.code)}, {"stack", string(r.stack)},
	} {
		if field.text != "" {
			fields = append(fields, field.name, field.text)
		}
	}
	return fields
}

// endSpan comes when the answer is known. It may come twice: a stream goes on for long
// after that.
func (r *remark) endSpan(c *gin.Context) {
	if r == nil || !r.span.On() {
		return
	}
	r.span.Say(trace.Room, r.room)
	if r.peer != "" {
		r.span.Say(trace.Peer, r.peer)
	}
	if r.code != "" {
		r.span.Say(trace.Code, string(r.code))
	}
	r.span.Answer(c.Writer.Status())
	if r.fault != nil {
		r.span.Fail()
	}
	r.span.End()
}

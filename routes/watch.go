package routes

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"session-store/model"
)

// Header values that every answer has, made once.
var (
	noSniff  = []string{"nosniff"}
	noStore  = []string{"no-store"}
	jsonType = []string{"application/json"}
)

// watch goes around every request: it keeps a panic from ending the program,
// counts, and writes the one log line. The query is never logged: it may hold a
// token.
func (a *api) watch(c *gin.Context) {
	begin := time.Now()
	// What a browser guesses from the bytes could be a script (WHATWG Fetch, 3.6).
	c.Writer.Header()["X-Content-Type-Options"] = noSniff
	defer func() {
		elapsed := time.Since(begin)
		a.metrics.count(c.FullPath(), c.Request.Method, c.Writer.Status(), elapsed)
		if !a.log.Enabled(c.Request.Context(), slog.LevelDebug) {
			return
		}
		a.log.LogAttrs(c.Request.Context(), slog.LevelDebug, "request",
			slog.String("method", c.Request.Method), slog.String("path", c.Request.URL.Path),
			slog.Int("status", c.Writer.Status()), slog.Duration("took", elapsed))
	}()
	defer func() {
		if fault := recover(); fault != nil {
			a.recovered(c, fault)
		}
	}()
	c.Next()
}

// recovered answers a request whose handler panicked.
func (a *api) recovered(c *gin.Context, fault any) {
	if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(fault) // somebody wants net/http to drop the connection
	}
	a.log.Error("panic", "method", c.Request.Method, "route", c.FullPath(), "fault", fault, "stack", string(debug.Stack()))
	if c.Writer.Written() {
		// Half an answer has gone: only a broken connection says that it is none.
		panic(http.ErrAbortHandler)
	}
	a.send(c, problemOf(model.Errorf(model.Internal, "something went wrong here; it is in the log")))
}

// fail answers with an error, and logs it if it is ours to know.
func (a *api) fail(c *gin.Context, err error) {
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		a.log.Error("request failed", "method", c.Request.Method, "route", c.FullPath(), "room", c.Param("room"), "code", string(problem.Code), "error", err)
	}
	a.send(c, problem)
}

func (a *api) send(c *gin.Context, problem Problem) {
	switch problem.Code {
	case model.Unauthorized:
		c.Header("WWW-Authenticate", "Bearer") // RFC 6750, 3
	case model.Unavailable, model.RateLimited:
		c.Header("Retry-After", strconv.Itoa(max(1, problem.retryAfter)))
	}
	c.Header("Cache-Control", "no-store")
	c.Data(problem.Status, "application/problem+json", encode(problem))
}

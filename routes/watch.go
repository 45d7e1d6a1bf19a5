package routes

import (
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"session-store/model"
)

// Header values that every answer has, made once.
var (
	noSniff  = []string{"nosniff"}
	noStore  = []string{"no-store"}
	jsonType = []string{"application/json"}
	closing  = []string{"close"}
)

// watch goes around every request: it keeps a panic from ending the program,
// counts, and writes the one log line.
func (a *api) watch(c *gin.Context) {
	begin := time.Now()
	// What a browser guesses from the bytes could be a script (WHATWG Fetch, 3.6).
	c.Writer.Header()["X-Content-Type-Options"] = noSniff
	// RFC 9112, 6.1, of a request with a length and chunks: "the server MUST close the
	// connection after responding". net/http takes the length away before anybody sees
	// it, and goes on; so it is every request with chunks. Browsers send none.
	if len(c.Request.TransferEncoding) > 0 {
		c.Writer.Header()["Connection"] = closing
	}
	a.attend(c)
	defer func() {
		elapsed := time.Since(begin)
		a.metrics.count(c.FullPath(), c.Request.Method, c.Writer.Status(), elapsed)
		a.report(c, elapsed)
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
	remark := remarkOn(c)
	remark.room = c.Param("room")
	remark.fault, remark.what, remark.stack = fault, "panic", debug.Stack()
	if c.Writer.Written() {
		// Half an answer has gone: only a broken connection says that it is none.
		panic(http.ErrAbortHandler)
	}
	a.send(c, problemOf(model.Errorf(model.Internal, "something went wrong here; it is in the log")))
}

// fail answers with an error; what is ours to know of it goes to the log.
func (a *api) fail(c *gin.Context, err error) {
	problem := problemOf(err)
	if problem.Status >= http.StatusInternalServerError {
		remark := remarkOn(c)
		remark.fault, remark.what = err, "request failed"
	}
	a.send(c, problem)
}

func (a *api) send(c *gin.Context, problem Problem) {
	a.countError(c, problem.Code)
	problem.announce(c.Writer.Header())
	c.Header("Cache-Control", "no-store")
	c.Data(problem.Status, "application/problem+json", encode(problem))
}

// countError comes once for each error that is answered.
func (a *api) countError(c *gin.Context, code model.Code) {
	a.metrics.countError(code)
	if remark := remarkOf(c); remark != nil {
		remark.code = code
	}
}

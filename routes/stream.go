package routes

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"session-store/model"
	"session-store/sse"
)

// unreadBytes is how much the kernel keeps of what a reader goes on to send: nobody
// reads it any more. By default it is 128 KiB for each stream, which is memory that
// no limit of this program sees.
const unreadBytes = 4 << 10

// stream answers with events. Over plain HTTP/1.1 the connection is handed to the
// pump, and the request is over; everything else keeps its goroutine until there
// is no reader or nothing more to read.
func (a *api) stream(c *gin.Context, result answer) {
	streamHeader(c)
	if a.handOver(c, result) {
		return
	}
	c.Writer.WriteHeaderNow()
	// gin's Flush swallows the error, so the stream gets the writer below.
	w := c.Writer.(interface{ Unwrap() http.ResponseWriter }).Unwrap()
	// The request was read; the server's deadline for it would end the stream.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	remarkOf(c).endSpan(c) // a span is seen when it has ended
	sse.Serve(w, c.Request, result.stream, result.duration)
}

// handOver gives the connection to the pump. It reports false, having done
// nothing, where that cannot be.
func (a *api) handOver(c *gin.Context, result answer) bool {
	if a.pump == nil || c.Request.TLS != nil || c.Request.ProtoMajor != 1 || c.Request.ProtoMinor < 1 {
		return false
	}
	connection, _, err := c.Writer.Hijack()
	if err != nil {
		return false
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(unreadBytes) // without it, only more is kept
	}
	remarkOf(c).endSpan(c) // before the first byte: a reader that sees it may look for the span
	if err := a.pump.Serve(connection, responseHead(c.Writer.Header()), result.stream, result.duration); err != nil {
		// The reader comes back by itself.
		result.stream.Close()
		_ = connection.Close()
		if !errors.Is(err, sse.ErrPumpClosed) {
			remark := remarkOn(c)
			remark.fault, remark.what = err, "stream refused"
		}
	}
	return true
}

// responseHead is what net/http would have written. RFC 9112, 6.3: without a
// length the answer goes to the end of the connection.
func responseHead(header http.Header) []byte {
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\nDate: ")
	head.WriteString(time.Now().UTC().Format(http.TimeFormat))
	head.WriteString("\r\n")
	_ = header.Write(&head) // a buffer takes everything
	head.WriteString("\r\n")
	return head.Bytes()
}

// streamHeader says that a stream follows.
func streamHeader(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would wait for a full buffer
}

// comeBack answers a stream that cannot be opened at the moment. HTML, 9.2.3: any
// status but 200 makes an EventSource give up for good, so it is told 200 and a
// time to come back after.
func (a *api) comeBack(c *gin.Context, code model.Code, err error) {
	remark := remarkOn(c)
	remark.fault, remark.what = err, "stream refused"
	a.countError(c, code)
	streamHeader(c)
	c.Data(http.StatusOK, "text/event-stream", sse.ComeBack())
}

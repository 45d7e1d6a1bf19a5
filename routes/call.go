package routes

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"session-store/model"
	"session-store/room"
	"session-store/sse"
)

// call is one request on a room, as its handler sees it.
type call struct {
	api    *api
	gin    *gin.Context
	room   string
	query  url.Values
	caller *room.Caller // nil in a join
}

// answer is what a handler gives back. The zero value is 204.
type answer struct {
	status int
	body   any
	etag   string // of what is sent, or of what the caller has already
	stream *sse.Stream
	// duration ends the stream by itself; 0 is never.
	duration time.Duration
}

// handler does one call.
type handler func(*call) (answer, error)

// open adapts a handler that anybody may call.
func (a *api) open(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		call, err := a.begin(c)
		if err != nil {
			a.fail(c, err)
			return
		}
		a.finish(call, h)
	}
}

func (a *api) begin(c *gin.Context) (*call, error) {
	begun := &call{api: a, gin: c, room: param(c, "room")}
	if raw := c.Request.URL.RawQuery; raw != "" {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return nil, model.InvalidFields(model.FieldError{Field: "query", Detail: "is not percent-encoded as it must be: " + err.Error()})
		}
		begun.query = query
	}
	if model.CheckRoom(begun.room) == nil {
		return begun, nil // the validator would say so in ten times the time
	}
	return begun, a.validate(model.RoomPath{Room: begun.room})
}

func (a *api) finish(c *call, h handler) {
	result, err := h(c)
	if err != nil {
		a.refuse(c, err)
		return
	}
	remarkOf(c.gin).note(c)
	if result.stream != nil {
		a.stream(c.gin, result)
		return
	}
	a.succeed(c.gin, result)
}

// refuse answers a call with an error.
func (a *api) refuse(c *call, err error) {
	problem := problemOf(err)
	ours := problem.Status >= http.StatusInternalServerError
	if ours {
		remarkOn(c.gin) // it goes to the log, and should say who and where
	}
	remarkOf(c.gin).note(c)
	if ours && c.gin.FullPath() == observeRoute {
		a.comeBack(c.gin, problem.Code, err)
		return
	}
	a.fail(c.gin, err)
}

func (a *api) succeed(c *gin.Context, result answer) {
	header := c.Writer.Header()
	if result.etag != "" {
		header["Etag"] = []string{result.etag} // as net/http spells it: Set would look that up
	}
	// Entries change at any time, and a join carries a secret. RFC 9110, 9.3.4 and 9.3.5:
	// "responses to the PUT method are not cacheable", nor those to DELETE.
	if method := c.Request.Method; method != http.MethodPut && method != http.MethodDelete {
		header["Cache-Control"] = noStore
	}
	switch {
	case result.status == 0:
		c.Status(http.StatusNoContent)
	case result.body == nil:
		c.Status(result.status)
	default:
		header["Content-Type"] = jsonType
		c.Status(result.status)
		writeBody(c.Writer, result.body)
	}
}

// encode is JSON as it was meant: encoding/json would escape <, > and & in the
// values of others, who are promised what they sent. The line end is for curl.
func encode(body any) []byte {
	if entry, ok := body.(*model.Entry); ok {
		return entry.JSONLine()
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(err) // no type of ours can fail
	}
	return buffer.Bytes()
}

// key is the key in the path.
func (c *call) key() (string, error) {
	key := param(c.gin, "key")
	if model.CheckKey(key) == nil {
		return key, nil
	}
	return key, c.api.validate(model.KeyPath{Key: key})
}

// keys is the set of keys in the query; given is false if there is none.
func (c *call) keys() (keys model.Keys, given bool, err error) {
	texts, given := c.query["keys"]
	if !given {
		return model.AllKeys(), false, nil
	}
	query := model.KeysQuery{Keys: strings.Split(strings.Join(texts, ","), ",")}
	if err := c.api.validate(query); err != nil {
		return model.Keys{}, true, err
	}
	for i, text := range query.Keys {
		query.Keys[i] = own(c.gin, text)
	}
	return model.NewKeys(query.Keys), true, nil
}

// condition is what If-Match and If-None-Match ask for.
func (c *call) condition() (model.Condition, error) {
	ifMatch, err := c.field("If-Match")
	if err != nil {
		return model.Condition{}, err
	}
	ifNoneMatch, err := c.field("If-None-Match")
	if err != nil {
		return model.Condition{}, err
	}
	return model.ParseCondition(ifMatch, ifNoneMatch)
}

// freshness is the condition of a read: If-None-Match alone.
func (c *call) freshness() (model.Condition, error) {
	ifNoneMatch, err := c.field("If-None-Match")
	if err != nil {
		return model.Condition{}, err
	}
	return model.ParseCondition("", ifNoneMatch)
}

// field is a header field, by its name as net/http spells it. One that is there and empty is refused: a client with
// an ETag that it does not have would write without a condition.
func (c *call) field(name string) (string, error) {
	values := c.gin.Request.Header[name]
	if len(values) == 0 {
		return "", nil
	}
	// RFC 9110, 5.3: several fields of one name are one list.
	text := strings.Join(values, ",")
	if strings.Trim(text, " \t") == "" {
		return "", model.InvalidFields(model.FieldError{Field: name, Detail: "is there, and empty"})
	}
	return text, nil
}

// first is the first header field of a name as net/http spells it: Get would find out
// again, for each request, that it is spelled so.
func first(header http.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// body reads a body of at most limit bytes into a struct and holds it to its tags. A
// call without a body leaves the struct as it is.
func (c *call) body(into any, limit int) error {
	body, err := readBody(c.gin.Writer, c.gin.Request, limit)
	if err != nil || len(body) == 0 {
		return err
	}
	if err := decode(body, into); err != nil {
		return err
	}
	// All that the tags of a PUT bound: the validator takes as long for nothing.
	if put, ok := into.(*model.PutBody); ok && put.TTL == nil {
		return nil
	}
	return c.api.validate(into)
}

// longAddress is what an address may have that is kept for a name in it. A copy of
// each name would be one more allocation for each write.
const longAddress = 512

// own is a name from the address of a request, for those who keep it. It is a piece
// of the whole address in memory, which has up to 64 KiB of the caller's choice: the
// keys that a session remembers would take 70 MB in the place of 150 KB.
func own(c *gin.Context, name string) string {
	if len(c.Request.RequestURI) <= longAddress {
		return name
	}
	return strings.Clone(name)
}

// param is a part of the path, as it was meant.
func param(c *gin.Context, name string) string { return own(c, unescape(c.Param(name))) }

// unescape undoes percent-encoding; the router matches the path as it was sent,
// so that a key may hold a slash. net/http has refused what cannot be undone.
func unescape(segment string) string {
	text, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return text
}

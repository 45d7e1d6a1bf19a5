//go:build linux

package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"session-store/bench/floor"
)

// Dialect is how one server wants to be spoken to.
type Dialect interface {
	// Token joins the room as a new peer; empty where nobody joins.
	Token(ctx context.Context, room string) (string, error)
	// Observe is the request that opens a stream.
	Observe(room, token string) []byte
	// Put is the request that writes a value.
	Put(room, key, token string) *Request
	// Answer says how long the answer at the beginning of the bytes is, 0 if it is
	// not whole yet. One that is no success is an error.
	Answer(answer []byte) (int, error)
}

// ValueBytes is the size of a written value, as JSON.
const ValueBytes = 100

const numberDigits = 10

// Request is a write that is ready to be sent; only the number in its value
// changes.
type Request struct {
	bytes  []byte
	number []byte // a part of bytes; empty where there is no value
}

// Numbered gives the bytes of the request with the next value.
func (r *Request) Numbered(number int) []byte {
	for i := len(r.number) - 1; i >= 0; i-- {
		r.number[i] = byte('0' + number%10)
		number /= 10
	}
	return r.bytes
}

// Floor speaks to bench/floor.
type Floor struct{}

// Token gives none.
func (Floor) Token(context.Context, string) (string, error) { return "", nil }

// Observe is a record.
func (Floor) Observe(room, _ string) []byte { return floor.Record('R', room) }

// Put is a record.
func (Floor) Put(room, _, _ string) *Request { return &Request{bytes: floor.Record('W', room)} }

// Answer is a word.
func (Floor) Answer(answer []byte) (int, error) {
	if !strings.HasPrefix(floor.Answer, string(answer)) {
		return 0, fmt.Errorf("the floor answers %.100q", answer)
	}
	return len(answer) / len(floor.Answer) * len(floor.Answer), nil
}

// HTTP speaks to servers with the product's calls.
type HTTP struct {
	Addr string
	// Joins says whether peers join, and have tokens.
	Joins  bool
	Client *http.Client
}

// Token joins.
func (h HTTP) Token(ctx context.Context, room string) (string, error) {
	if !h.Joins {
		return "", nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.Addr+"/rooms/"+room+"/join", nil)
	if err != nil {
		return "", err
	}
	answer, err := h.Client.Do(request)
	if err != nil {
		return "", fmt.Errorf("join %s: %w", room, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", fmt.Errorf("join %s: %w", room, err)
	}
	var joined struct{ Token string }
	if err := json.Unmarshal(body, &joined); err != nil || joined.Token == "" {
		return "", fmt.Errorf("join %s: status %d: %.300s", room, answer.StatusCode, body)
	}
	return joined.Token, nil
}

// Observe is a GET, the token in the query as EventSource has it.
func (h HTTP) Observe(room, token string) []byte {
	return fmt.Appendf(nil, "GET /rooms/%s/observe?keys=*&access_token=%s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n",
		room, token, h.Addr)
}

// Put is a PUT of a string of ValueBytes.
func (h HTTP) Put(room, key, token string) *Request {
	const before, after = `{"value":"`, `"}`
	zeros := strings.Repeat("0", numberDigits)
	padding := strings.Repeat("v", ValueBytes-numberDigits-len(`""`))
	authorization := ""
	if token != "" {
		authorization = "Authorization: Bearer " + token + "\r\n"
	}
	head := fmt.Sprintf("PUT /rooms/%s/store/%s HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		room, key, h.Addr, authorization, len(before)+len(zeros)+len(padding)+len(after))
	request := []byte(head + before + zeros + padding + after)
	at := len(head) + len(before)
	return &Request{bytes: request, number: request[at : at+numberDigits]}
}

// Answer has a Content-Length: answers to writes are small.
func (HTTP) Answer(answer []byte) (int, error) {
	head, _, whole := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !whole {
		return 0, nil
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 2")) {
		return 0, fmt.Errorf("a write is answered %.500q", answer)
	}
	_, after, found := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !found {
		return 0, fmt.Errorf("an answer without Content-Length: %.300q", answer)
	}
	digits, _, _ := bytes.Cut(after, []byte("\r\n"))
	length, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0, fmt.Errorf("an answer with Content-Length %.20q", digits)
	}
	length += len(head) + len("\r\n\r\n")
	if len(answer) < length {
		return 0, nil
	}
	return length, nil
}

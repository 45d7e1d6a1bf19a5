package routes_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"session-store/auth"
	"session-store/journal"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
	"session-store/routes"
)

// TestOpenAPI meets every documented answer, and holds it to the document.
func TestOpenAPI(t *testing.T) {
	c := newContract(t)
	t.Run("example", func(t *testing.T) {
		media := c.doc.Paths.Value("/rooms/{room}/observe").Get.Responses.Status(http.StatusOK).Value.Content
		c.checkEvents(t, media["text/event-stream"].Example.(string))
	})
	t.Run("calls", c.testCalls)
	t.Run("stream", c.testStream)
	t.Run("every operation", c.testEvery)
	unreachable := []string{
		// Admins come with JWTs; whoever is none is told 403 first.
		"DELETE /rooms/{room}/peers/{peer} 204",
		"DELETE /rooms/{room}/peers/{peer} 404",
	}
	if unseen := c.unseen(); !slices.Equal(unseen, unreachable) {
		t.Errorf("documented, and not met here:\n%s\nwant:\n%s", strings.Join(unseen, "\n"), strings.Join(unreachable, "\n"))
	}
}

// small limits, so that each is soon reached.
var small = model.Limits{ValueBytes: 32, Keys: 2, TotalBytes: 40}

// serve runs a server until the test is over.
func serve(t *testing.T, journal journal.Journal) (url string) {
	t.Helper()
	rooms := room.NewRegistry(room.Config{Journal: journal, NewSessionID: auth.NewSessionID, Limits: small})
	server := httptest.NewServer(routes.New(routes.Config{Rooms: rooms}))
	t.Cleanup(func() {
		rooms.CloseStreams()
		server.Close()
		rooms.Close()
		if err := journal.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// call is one exchange; calls of a table are made one after the other.
type call struct {
	name, method, path string
	header             string // Name: value
	body               string
	status             int
	code               model.Code
	// malformed says that the document itself forbids it.
	malformed bool
}

func calls() []call {
	long := strings.Repeat("x", 70_000)
	const etag = "If-None-Match: ETAG" // that of the answer before
	return []call{
		{"alive", "GET", "/healthz", "", "", 200, "", false},
		{"ready", "GET", "/readyz", "", "", 200, "", false},
		{"join again", "POST", "/join", "", "", 200, "", false},
		{"join as somebody else", "POST", "/join", "Authorization: none", `{"name":"Bob"}`, 201, "", false},
		{"join with half a body", "POST", "/join", "", `{"name":`, 400, model.InvalidJSON, true},
		{"join with an unknown member", "POST", "/join", "", `{"nmae":"Ann"}`, 400, model.InvalidRequest, true},
		{"join with a long body", "POST", "/join", "", `{"name":"` + long + `"}`, 413, model.BodyTooLarge, true},
		{"join with text", "POST", "/join", "Content-Type: text/plain", "Ann", 415, model.UnsupportedMediaType, true},

		{"heartbeat", "POST", "/heartbeat", "", "", 204, "", false},
		{"describe", "GET", "", "", "", 200, "", false},
		{"list peers", "GET", "/peers", "", "", 200, "", false},
		{"put a peer out", "DELETE", "/peers/b5kd2mqzx7ya", "", "", 403, model.Forbidden, false},

		{"set a new entry", "PUT", "/store/a", "", `{"value":{"slide":3}}`, 201, "", false},
		{"change it", "PUT", "/store/a", "If-Match: *", `{"value":null}`, 200, "", false},
		{"read it", "GET", "/store/a", "", "", 200, "", false},
		{"read it again", "GET", "/store/a", etag, "", 304, "", false},
		{"read no entry", "GET", "/store/b", "", "", 404, model.KeyNotFound, false},
		{"read what is no key", "GET", "/store/a%2Cb", "", "", 400, model.InvalidRequest, false},
		{"set under a key with a slash", "PUT", "/store/a%2Fb", "", `{"value":[1,"two",3.5]}`, 201, "", false},
		{"read the store", "GET", "/store", "", "", 200, "", false},
		{"read it again", "GET", "/store", etag, "", 304, "", false},
		{"read some of it", "GET", "/store?keys=b,a*", "", "", 200, "", false},
		{"read what are no keys", "GET", "/store?keys=a*b", "", "", 400, model.InvalidRequest, false},

		{"a key too many", "PUT", "/store/c", "", `{"value":1}`, 409, model.TooManyKeys, false},
		{"a byte too many", "PUT", "/store/a", "", `{"value":"` + long[:29] + `"}`, 409, model.StoreFull, false},
		{"a value too large", "PUT", "/store/a", "", `{"value":"` + long[:31] + `"}`, 413, model.ValueTooLarge, false},
		{"a body too large", "PUT", "/store/a", "", `{"value":"` + long + `"}`, 413, model.BodyTooLarge, false},
		{"an unknown member", "PUT", "/store/a", "", `{"values":1}`, 400, model.InvalidRequest, true},
		{"a value of text", "PUT", "/store/a", "Content-Type: text/plain", "1", 415, model.UnsupportedMediaType, true},
		{"set if there is none", "PUT", "/store/a", "If-None-Match: *", `{"value":1}`, 412, model.PreconditionFailed, false},
		{"set if there is one", "PUT", "/store/b", "If-Match: *", `{"value":1}`, 412, model.PreconditionFailed, false},
		{"remove another one", "DELETE", "/store/a", `If-Match: "s-1"`, "", 412, model.PreconditionFailed, false},
		{"remove it", "DELETE", "/store/a", "", "", 204, "", false},
		{"remove with an empty body", "PUT", "/store/a%2Fb", "", `{}`, 204, "", false},
		{"remove without a body", "PUT", "/store/a", "", "", 204, "", false},

		{"observe a moment", "GET", "/observe?keys=*&for=0.01", "", "", 200, "", false},
		{"observe by the token in the URL", "GET", "/observe?keys=*&for=0.01&access_token=TOKEN", "Authorization: none", "", 200, "", false},
		{"observe nothing", "GET", "/observe", "", "", 400, model.InvalidRequest, true},
		{"observe for no time", "GET", "/observe?keys=*&for=soon", "", "", 400, model.InvalidRequest, true},
		{"leave by the token in the URL", "POST", "/leave?access_token=TOKEN", "Authorization: none", "", 204, "", false},
	}
}

func (c *contract) testCalls(t *testing.T) {
	server := serve(t, memory.New())
	token := c.join(t, server)
	etag := ""
	for _, call := range calls() {
		t.Run(call.name, func(t *testing.T) {
			path := "/rooms/standup" + call.path
			if strings.HasSuffix(call.path, "z") {
				path = call.path
			}
			request := newRequest(t, call.method, server+strings.ReplaceAll(path, "TOKEN", token), token, call.body)
			if name, value, ok := strings.Cut(call.header, ": "); ok {
				request.Header.Set(name, strings.ReplaceAll(value, "ETAG", etag))
			}
			if request.Header.Get("Authorization") == "none" {
				request.Header.Del("Authorization")
			}
			response, body := c.exchange(t, request, call.malformed)
			etag = response.Header.Get("ETag")
			var problem struct{ Code model.Code }
			if call.code != "" {
				unmarshal(t, body, &problem)
			}
			if response.StatusCode != call.status || problem.Code != call.code {
				t.Errorf("got %d %s, want %d %s: %s", response.StatusCode, problem.Code, call.status, call.code, body)
			}
		})
	}
}

// testStream sees one event of each kind.
func (c *contract) testStream(t *testing.T) {
	server := serve(t, memory.New())
	token := c.join(t, server)
	// Only for a server that is broken: without it the test would wait for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request := newRequest(t, "GET", server+"/rooms/standup/observe?keys=*", token, "").WithContext(ctx)
	input := c.checkRequest(t, request, false)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	stream := bufio.NewReader(response.Body)
	told := ""
	for _, step := range []struct{ event, method, path, body string }{
		{"snapshot", "PUT", "/store/a", `{"value":1}`},
		{"update", "DELETE", "/store/a", ""},
		{"update", "POST", "/leave", ""},
	} {
		event := readEvent(t, stream)
		if !strings.HasPrefix(event, "event: "+step.event+"\n") {
			t.Fatalf("got %q, want %s", event, step.event)
		}
		told += event
		c.exchange(t, newRequest(t, step.method, server+"/rooms/standup"+step.path, token, step.body), false)
	}
	rest, err := io.ReadAll(stream)
	if err != nil || !strings.HasPrefix(string(rest), "event: end\n") {
		t.Fatalf("got %q and %v, want the end", rest, err)
	}
	c.checkAnswer(t, input, response, append([]byte(told), rest...))
}

func readEvent(t *testing.T, stream *bufio.Reader) string {
	t.Helper()
	event := ""
	for !strings.HasSuffix(event, "\n\n") {
		line, err := stream.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, event)
		}
		event += line
	}
	return event
}

// testEvery asks each operation for the answers that all of its kind share.
func (c *contract) testEvery(t *testing.T) {
	closed := memory.New()
	broken := serve(t, closed)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	server := serve(t, memory.New())
	token := c.join(t, server)
	for _, test := range []struct {
		name, server, room, token string
		status                    int
		malformed                 bool
	}{
		{"no room", server, "stand up", token, 400, false},
		{"no token", server, "standup", "", 401, true},
		{"token of nobody", server, "standup", "nobody", 401, false},
		{"journal closed", broken, "standup", token, 503, false},
	} {
		c.each(func(method, path string, operation *openapi3.Operation) {
			if operation.Responses.Status(test.status) == nil {
				return
			}
			t.Run(test.name+", "+method+" "+path, func(t *testing.T) {
				request := sample(t, test.server, test.room, method, path, operation)
				if test.token != "" {
					request.Header.Set("Authorization", "Bearer "+test.token)
				}
				if response, body := c.exchange(t, request, test.malformed); response.StatusCode != test.status {
					t.Errorf("got %d, want %d: %s", response.StatusCode, test.status, body)
				}
			})
		})
	}
}

func (c *contract) join(t *testing.T, server string) (token string) {
	t.Helper()
	_, body := c.exchange(t, newRequest(t, "POST", server+"/rooms/standup/join", "", `{"name":"Ann"}`), false)
	var joined struct{ Token string }
	unmarshal(t, body, &joined)
	return joined.Token
}

func newRequest(t *testing.T, method, url, token, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

func unmarshal(t *testing.T, body []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
}

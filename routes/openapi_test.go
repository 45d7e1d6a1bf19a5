package routes_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/golang-jwt/jwt/v5"

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
	t.Run("calls under grants", c.testGrants)
	t.Run("rates", c.testRates)
	t.Run("stream", c.testStream)
	t.Run("every operation", c.testEvery)
	if unseen := c.unseen(); len(unseen) > 0 {
		t.Errorf("documented, and not met here:\n%s", strings.Join(unseen, "\n"))
	}
}

// small limits, so that each is soon reached.
var small = model.Limits{ValueBytes: 32, Keys: 2, TotalBytes: 40}

// setup is how a server is run; the zero value is one in memory that anybody may
// join.
type setup struct {
	journal             journal.Journal
	verifier            *auth.Verifier
	writeRate, joinRate float64
}

// serve runs a server until the test is over.
func serve(t *testing.T, s setup) (url string) {
	t.Helper()
	if s.journal == nil {
		s.journal = memory.New()
	}
	rooms := room.NewRegistry(room.Config{
		Journal: s.journal, NewSessionID: auth.NewSessionID, Limits: small, WriteRate: s.writeRate,
	})
	server := httptest.NewServer(routes.New(routes.Config{Rooms: rooms, Verifier: s.verifier, JoinRate: s.joinRate}))
	t.Cleanup(func() {
		rooms.CloseStreams()
		server.Close()
		rooms.Close()
		if err := s.journal.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// testStream sees one event of each kind.
func (c *contract) testStream(t *testing.T) {
	server := serve(t, setup{})
	ann, ben := c.join(t, server, "").token, c.join(t, server, "").token
	// Only for a server that is broken: without it the test would wait for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request := newRequest(t, "GET", server+"/rooms/standup/observe?keys=*&peers=true", ann, "").WithContext(ctx)
	input := c.checkRequest(t, request, false)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	stream := bufio.NewReader(response.Body)
	told := ""
	for _, step := range []struct{ events, method, path, token, body string }{
		{"snapshot peers", "PUT", "/store/a", ann, `{"value":1,"ttl":60}`},
		{"update", "DELETE", "/store/a", ann, ""},
		{"update", "POST", "/join", "", `{"name":"Cleo"}`},
		{"peers", "PUT", "/store/spotlight", ben, `{"value":1,"ephemeral":true}`},
		{"update", "POST", "/leave", ben, ""},
		{"update peers", "POST", "/leave", ann, ""},
	} {
		for _, name := range strings.Fields(step.events) {
			event := readEvent(t, stream)
			if !strings.HasPrefix(event, "event: "+name+"\n") {
				t.Fatalf("got %q, want %s", event, name)
			}
			told += event
		}
		c.exchange(t, newRequest(t, step.method, server+"/rooms/standup"+step.path, step.token, step.body), false)
	}
	rest, err := io.ReadAll(stream)
	if err != nil || !strings.HasPrefix(string(rest), "event: end\n") {
		t.Fatalf("got %q and %v, want the end", rest, err)
	}
	if !strings.Contains(told, "owner_left") {
		t.Errorf("what went with its owner is not told of: %q", told)
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
	broken := serve(t, setup{journal: closed})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	server := serve(t, setup{verifier: newVerifier(t)})
	admin := sign(t, jwt.MapClaims{"room": "*", "grants": map[string]any{"admin": true}})
	for _, test := range []struct {
		name, server, room, token string
		status                    int
		code                      model.Code
	}{
		{"no room", server, "stand up", admin, 400, model.InvalidRequest},
		{"no token", server, "standup", "", 401, model.Unauthorized},
		{"token of nobody", server, "standup", "nobody", 401, model.Unauthorized},
		{"JWT for another room", server, "standup", sign(t, jwt.MapClaims{"room": "retro"}), 403, model.Forbidden},
		{"admin, and nobody is there", server, "standup", admin, 404, model.RoomNotFound},
		{"journal closed", broken, "standup", "nobody", 503, model.Unavailable},
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
				response, body := c.exchange(t, request, test.token == "" && c.wantsToken(operation))
				var problem struct{ Code model.Code }
				unmarshal(t, body, &problem)
				if response.StatusCode != test.status || problem.Code != test.code {
					t.Errorf("got %d, want %d %s: %s", response.StatusCode, test.status, test.code, body)
				}
			})
		})
	}
}

// joined is a peer, as a test needs it.
type joined struct{ id, token string }

// join makes a new peer; bearer is a JWT, or empty.
func (c *contract) join(t *testing.T, server, bearer string) joined {
	t.Helper()
	_, body := c.exchange(t, newRequest(t, "POST", server+"/rooms/standup/join", bearer, `{"name":"Ann"}`), false)
	var answer struct {
		Token string
		Peer  struct{ ID string }
	}
	unmarshal(t, body, &answer)
	return joined{answer.Peer.ID, answer.Token}
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

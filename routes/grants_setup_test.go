package routes_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/room"
	"session-store/routes"
)

// guarded is a server that takes only the JWTs of its application.
type guarded struct {
	url   string
	rooms int // each case has a room of its own
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	server := httptest.NewServer(routes.New(routes.Config{Rooms: rooms, Verifier: newVerifier(t)}))
	t.Cleanup(func() {
		rooms.CloseStreams()
		server.Close()
		rooms.Close()
	})
	return &guarded{url: server.URL}
}

// claims are those of a JWT for all rooms; grants may be nil.
func claims(grants map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{"room": "*", "sub": "u1", "exp": time.Now().Add(time.Hour).Unix()}
	if grants != nil {
		c["grants"] = grants
	}
	return c
}

// signed signs as the application does, unless another method and key are given.
func signed(t *testing.T, c jwt.MapClaims, method jwt.SigningMethod, key any) string {
	t.Helper()
	text, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func signedRight(t *testing.T, c jwt.MapClaims) string {
	t.Helper()
	return signed(t, c, jwt.SigningMethodHS256, []byte(joinSecret))
}

func admin(t *testing.T) string {
	t.Helper()
	return signedRight(t, claims(map[string]any{"admin": true}))
}

// place is a room with an owner, who may do everything, and a guest under grants:
//
//	open, secret, hand.other, hand.GUEST
type place struct {
	*testing.T
	url          string // of the room
	owner, guest joined
}

// empty is a room where nobody is.
func (g *guarded) empty(t *testing.T) *place {
	g.rooms++
	return &place{T: t, url: fmt.Sprint(g.url, "/rooms/room", g.rooms)}
}

func (g *guarded) place(t *testing.T, grants map[string]any) *place {
	t.Helper()
	p := g.empty(t)
	p.owner = p.join(signedRight(t, claims(nil)))
	p.guest = p.join(signedRight(t, claims(grants)))
	p.want("200", "PATCH", "/store", p.owner.token, "", `{"set":{"open":1,"secret":2,"hand.other":3,"hand.GUEST":4}}`)
	return p
}

func (p *place) join(bearer string) joined {
	p.Helper()
	status, body := p.do("POST", "/join", bearer, "", "")
	if status != 201 {
		p.Fatalf("join: %d %s", status, body)
	}
	return joinedOf(p.T, body)
}

func joinedOf(t *testing.T, body []byte) joined {
	t.Helper()
	var answer struct {
		Token string
		Peer  struct{ ID string }
	}
	unmarshal(t, body, &answer)
	return joined{answer.Peer.ID, answer.Token}
}

// do calls; OWNER and GUEST stand for the ids of the peers, the header is empty or
// Name: value.
func (p *place) do(method, path, bearer, header, body string) (status int, answer []byte) {
	p.Helper()
	ids := strings.NewReplacer("OWNER", p.owner.id, "GUEST", p.guest.id)
	request := newRequest(p.T, method, p.url+ids.Replace(path), bearer, ids.Replace(body))
	if name, value, found := strings.Cut(header, ": "); found {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.Fatal(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	return response.StatusCode, answer
}

// want calls and wants the answer, in short:
//
//	200 · 403 forbidden · 200 [open secret], for what shows entries
func (p *place) want(want, method, path, bearer, header, body string) {
	p.Helper()
	status, answer := p.do(method, path, bearer, header, body)
	if got := p.inShort(status, answer); got != want {
		p.Errorf("%s %s answers %q, want %q: %s", method, path, got, want, answer)
	}
}

func (p *place) inShort(status int, body []byte) string {
	p.Helper()
	if text := string(body); strings.HasPrefix(text, "event: snapshot") {
		_, data, _ := strings.Cut(text, "\ndata: ")
		body = []byte(data[:strings.IndexByte(data, '\n')])
	}
	var answer struct {
		Code    string
		Entries map[string]json.RawMessage
	}
	if len(body) > 0 {
		unmarshal(p.T, body, &answer)
	}
	switch {
	case answer.Code != "":
		return fmt.Sprint(status, " ", answer.Code)
	case answer.Entries != nil:
		var keys []string
		for key := range answer.Entries {
			keys = append(keys, strings.ReplaceAll(key, p.guest.id, "GUEST"))
		}
		slices.Sort(keys)
		return fmt.Sprint(status, " ", keys)
	}
	return fmt.Sprint(status)
}

// state is all that there is: revision, entries and peers.
func (p *place) state() string {
	p.Helper()
	_, store := p.do("GET", "/store", p.owner.token, "", "")
	_, peers := p.do("GET", "/peers", p.owner.token, "", "")
	return string(store) + string(peers)
}

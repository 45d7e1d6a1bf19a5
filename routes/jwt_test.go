package routes_test

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// with is the claims with one more, or without it if the value is nil.
func with(c jwt.MapClaims, name string, value any) jwt.MapClaims {
	if c[name] = value; value == nil {
		delete(c, name)
	}
	return c
}

func TestRefusedJWTs(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	right := func() jwt.MapClaims { return claims(map[string]any{"admin": true}) }
	secret := []byte(joinSecret)
	const unauthorized, forbidden = "401 unauthorized", "403 forbidden"
	swapped := strings.Split(signedRight(t, claims(nil)), ".")
	swapped[1] = strings.Split(signedRight(t, right()), ".")[1]
	tests := []struct {
		name, token, want string
	}{
		{"forged: another secret", signed(t, right(), jwt.SigningMethodHS256, []byte(strings.Repeat("x", 32))), unauthorized},
		{"forged: the claims of another", strings.Join(swapped, "."), unauthorized},
		{"forged: no signature", strings.Join(append(swapped[:2:2], ""), "."), unauthorized},
		{"expired", signedRight(t, with(right(), "exp", time.Now().Add(-time.Second).Unix())), unauthorized},
		{"not valid yet", signedRight(t, with(right(), "nbf", time.Now().Add(time.Hour).Unix())), unauthorized},
		{"no exp", signedRight(t, with(right(), "exp", nil)), unauthorized},
		{"exp null", signedRight(t, with(right(), "exp", json.RawMessage("null"))), unauthorized},
		{"wrong room", signedRight(t, with(right(), "room", "other")), forbidden},
		{"a room that begins like this one", signedRight(t, with(right(), "room", "room*")), forbidden},
		{"no room", signedRight(t, with(right(), "room", nil)), unauthorized},
		{"none", signed(t, right(), jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), unauthorized},
		{"HS384", signed(t, right(), jwt.SigningMethodHS384, secret), unauthorized},
		{"HS512", signed(t, right(), jwt.SigningMethodHS512, secret), unauthorized},
		{"RS256", signed(t, right(), jwt.SigningMethodRS256, rsaKey), unauthorized},
		{"grants of no kind", signedRight(t, with(right(), "grants", "admin")), unauthorized},
		{"no JWT", "a.b.c", unauthorized},
		{"no token", "nonsense", unauthorized},
		{"the token of a peer that has gone", "zzzzzzzzzzzz.nobody", unauthorized},
		{"nothing", "", unauthorized},
	}
	p := newGuarded(t).place(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &place{T: t, url: p.url, owner: p.owner, guest: p.guest}
			before := p.state()
			for _, call := range grantedCalls {
				p.want(tt.want, call.method, call.path, tt.token, call.header, call.body)
			}
			if tt.token != "" {
				p.want(tt.want, "GET", "/observe?keys=*&for=0.01&access_token="+tt.token, "", "", "")
				p.want(tt.want, "POST", "/leave?access_token="+tt.token, "", "", "")
			}
			p.want(tt.want, "POST", "/join", tt.token, "", `{"token":"`+p.guest.token+`"}`)
			if after := p.state(); after != before {
				t.Errorf("refused, and it was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

// The JWT of a peer is for joining: it is no bearer token of other calls, and a
// token in the query counts on observe and leave alone.
func TestRefusedBearers(t *testing.T) {
	g := newGuarded(t)
	p := g.place(t, nil)
	jwt := signedRight(t, claims(map[string]any{"admin": false}))
	before := p.state()
	for _, call := range grantedCalls {
		if call.path == "/join" {
			continue
		}
		p.want("401 unauthorized", call.method, call.path, jwt, call.header, call.body)
		if call.path == "/leave" || strings.Contains(call.path, "/observe") {
			continue
		}
		and := "?"
		if strings.Contains(call.path, "?") {
			and = "&"
		}
		p.want("401 unauthorized", call.method, call.path+and+"access_token="+admin(t), "", call.header, call.body)
	}
	other := g.place(t, nil)
	p.want("401 unauthorized", "GET", "/store", other.guest.token, "", "")
	if after := p.state(); after != before {
		t.Errorf("refused, and it was\n%s\nand is\n%s", before, after)
	}
}

// open opens a stream.
func (p *place) open(bearer string) *bufio.Reader {
	p.Helper()
	request := newRequest(p.T, "GET", p.url+"/observe?keys=*", bearer, "")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != 200 {
		p.Fatalf("observe: %s", response.Status)
	}
	return bufio.NewReader(response.Body)
}

func TestJWTThatEndsEndsItsStreams(t *testing.T) {
	p := newGuarded(t).place(t, nil)
	exp := time.Now().Add(4 * time.Second).Truncate(time.Millisecond) // as the claim has it
	short := func(grants map[string]any) string {
		return signedRight(t, with(claims(grants), "exp", float64(exp.UnixMilli())/1000))
	}
	bearers := []string{p.join(short(nil)).token, short(map[string]any{"admin": true})}
	var streams []*bufio.Reader
	for _, bearer := range bearers {
		stream := p.open(bearer)
		if event := readEvent(t, stream); !strings.Contains(event, "event: snapshot") {
			t.Fatalf("it begins with %q", event)
		}
		streams = append(streams, stream)
	}
	for i, stream := range streams {
		if event := readEvent(t, stream); !strings.Contains(event, "event: end") || !strings.Contains(event, `data: {"reason":"expired"}`) {
			t.Errorf("it ends with %q", event)
		}
		if time.Now().Before(exp) {
			t.Error("it ended too soon")
		}
		if rest, err := stream.ReadString('\n'); err == nil {
			t.Errorf("behind the end comes %q", rest)
		}
		p.want("401 unauthorized", "GET", "/store", bearers[i], "", "")
	}
}

// Joining again with a fresh JWT beside the old token keeps the peer, under the
// new grants.
func TestFreshJWTKeepsThePeer(t *testing.T) {
	p := newGuarded(t).place(t, map[string]any{"read": []string{"open"}, "write": []string{"open"}})
	stream := p.open(p.guest.token)
	if event := readEvent(t, stream); !strings.Contains(event, `"open"`) || strings.Contains(event, `"secret"`) {
		t.Fatalf("it begins with %q", event)
	}
	body := `{"token":"` + p.guest.token + `"}`
	fresh := claims(map[string]any{"read": []string{"secret"}, "write": []string{"secret"}})

	before := p.state()
	p.want("403 forbidden", "POST", "/join", signedRight(t, with(claims(nil), "sub", "u2")), "", body)
	p.want("403 forbidden", "POST", "/join", signedRight(t, with(claims(nil), "sub", nil)), "", body)
	p.want("403 forbidden", "POST", "/join", signedRight(t, with(claims(nil), "room", "other")), "", body)
	if after := p.state(); after != before {
		t.Errorf("refused, and it was\n%s\nand is\n%s", before, after)
	}

	status, answer := p.do("POST", "/join", signedRight(t, fresh), "", body)
	if again := joinedOf(t, answer); status != 200 || again != p.guest {
		t.Fatalf("%d: %+v, want 200 and %+v", status, again, p.guest)
	}
	if event := readEvent(t, stream); !strings.Contains(event, "event: snapshot") || !strings.Contains(event, `"secret"`) || strings.Contains(event, `"open"`) {
		t.Errorf("the open stream goes on with %q", event)
	}
	p.want("200", "GET", "/store/secret", p.guest.token, "", "")
	p.want("403 forbidden", "GET", "/store/open", p.guest.token, "", "")
	p.want("403 forbidden", "PUT", "/store/open", p.guest.token, "", `{"value":1}`)

	p.want("204", "POST", "/leave", p.guest.token, "", "")
	status, answer = p.do("POST", "/join", signedRight(t, fresh), "", body)
	if again := joinedOf(t, answer); status != 201 || again.id == p.guest.id {
		t.Errorf("the token of a peer that has left: %d, %+v", status, again)
	}
}

// What was shown under other grants is not all that may be seen now, though nothing has
// been written since; and keys that may not be read are not counted.
func TestFreshJWTShowsTheStoreAnew(t *testing.T) {
	p := newGuarded(t).place(t, map[string]any{"read": []string{"open"}})
	etag := func() string {
		t.Helper()
		response, err := http.DefaultClient.Do(newRequest(t, "GET", p.url+"/store", p.guest.token, ""))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return "If-None-Match: " + response.Header.Get("Etag")
	}
	counts := func() string {
		t.Helper()
		var room struct{ Keys, Bytes int }
		_, body := p.do("GET", "", p.guest.token, "", "")
		unmarshal(t, body, &room)
		return fmt.Sprint(room.Keys, " keys, ", room.Bytes, " bytes")
	}
	had := etag()
	p.want("304", "GET", "/store", p.guest.token, had, "")
	if got := counts(); got != "1 keys, 5 bytes" {
		t.Error(got)
	}
	fresh := signedRight(t, claims(map[string]any{"read": []string{"open", "secret"}}))
	p.want("200", "POST", "/join", fresh, "", `{"token":"`+p.guest.token+`"}`)
	p.want("200 [open secret]", "GET", "/store", p.guest.token, had, "")
	if got := counts(); got != "2 keys, 12 bytes" {
		t.Error(got)
	}
	p.want("200", "PUT", "/store/open", p.owner.token, "", `{"value":2}`)
	p.want("304", "GET", "/store", p.guest.token, etag(), "")
}

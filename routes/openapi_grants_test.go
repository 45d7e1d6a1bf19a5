package routes_test

import (
	"maps"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"session-store/auth"
	"session-store/model"
)

// joinSecret is what the application signs with here.
const joinSecret = "correct horse battery staple, and more"

func newVerifier(t *testing.T) *auth.Verifier {
	t.Helper()
	verifier, err := auth.NewSecretVerifier(joinSecret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(verifier.Close)
	return verifier
}

// sign makes a JWT of the claims that ends in an hour.
func sign(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	claims = maps.Clone(claims)
	claims["exp"] = time.Now().Add(time.Hour).Unix()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(joinSecret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// testGrants calls as a peer that may not do everything, and as an admin.
func (c *contract) testGrants(t *testing.T) {
	server := serve(t, setup{verifier: newVerifier(t)})
	claims := jwt.MapClaims{
		"room": "standup", "sub": "ann", "name": "Ann", "role": "guest",
		"grants": map[string]any{"read": []string{"open*", "{peer}"}, "write": []string{"open", "{peer}"}},
	}
	ann := c.join(t, server, sign(t, claims))
	const admin = "Authorization: Bearer ADMIN"
	c.play(t, server, ann.token, []call{
		{"join again", "POST", "/join", "", "", 200, "", false},
		{"join again with a fresh JWT", "POST", "/join", "Authorization: Bearer FRESH", `{"token":"TOKEN"}`, 200, "", false},
		{"join as somebody else with that token", "POST", "/join", "Authorization: Bearer OTHER", `{"token":"TOKEN"}`, 403, model.Forbidden, false},
		{"list peers with a role", "GET", "/peers", "", "", 200, "", false},

		{"write what is granted", "PUT", "/store/open", "", `{"value":1}`, 201, "", false},
		{"write what is the peer's own", "PATCH", "/store", "", `{"set":{"PEER":1}}`, 200, "", false},
		{"write what is not granted", "PUT", "/store/open.more", "", `{"value":1}`, 403, model.Forbidden, false},
		{"patch what is not granted", "PATCH", "/store", "", `{"set":{"open":2,"b":1}}`, 403, model.Forbidden, false},
		{"remove what is not granted", "DELETE", "/store/open.more", "", "", 403, model.Forbidden, false},
		{"read what is not granted", "GET", "/store/b", "", "", 403, model.Forbidden, false},
		{"read it among others", "GET", "/store?keys=open,b", "", "", 403, model.Forbidden, false},
		{"observe what is not granted", "GET", "/observe?keys=b&for=0.01", "", "", 403, model.Forbidden, false},
		{"observe all that is", "GET", "/observe?keys=*&for=0.01&peers=true", "", "", 200, "", false},
		{"put oneself out", "DELETE", "/peers/PEER", "", "", 403, model.Forbidden, false},

		{"describe without joining", "GET", "", admin, "", 200, "", false},
		{"write without joining", "PUT", "/store/open", admin, `{"value":2}`, 200, "", false},
		{"own an entry without joining", "PUT", "/store/open", admin, `{"value":2,"ephemeral":true}`, 400, model.InvalidRequest, false},
		{"observe without joining", "GET", "/observe?keys=*&for=0.01&peers=true&access_token=ADMIN", "Authorization: none", "", 200, "", false},
		{"leave without joining", "POST", "/leave", admin, "", 403, model.Forbidden, false},
		{"put nobody out", "DELETE", "/peers/nobody", admin, "", 404, model.PeerNotFound, false},
		{"put a peer out", "DELETE", "/peers/PEER", admin, "", 204, "", false},
		{"describe what is over", "GET", "", admin, "", 404, model.RoomNotFound, false},
		{"write after all", "PUT", "/store/open", "", `{"value":1}`, 401, model.Unauthorized, false},
	},
		"PEER", ann.id, "FRESH", sign(t, claims), "OTHER", sign(t, jwt.MapClaims{"room": "*", "sub": "ben"}),
		"ADMIN", sign(t, jwt.MapClaims{"room": "*", "grants": map[string]any{"admin": true}}),
	)
}

// testRates writes and joins more often than a server lets it.
func (c *contract) testRates(t *testing.T) {
	server := serve(t, setup{writeRate: 0.01, joinRate: 0.1})
	ann := c.join(t, server, "")
	c.play(t, server, ann.token, []call{
		{"first", "PUT", "/store/a", "", `{"value":1}`, 201, "", false},
		{"second", "PUT", "/store/a", "", `{"value":1}`, 429, model.RateLimited, false},
		{"patch", "PATCH", "/store", "", `{"set":{"a":1}}`, 429, model.RateLimited, false},
		{"remove", "DELETE", "/store/a", "", "", 429, model.RateLimited, false},
		{"read", "GET", "/store/a", "", "", 200, "", false},
		{"join", "POST", "/join", "Authorization: none", "", 429, model.RateLimited, false},
	})
}

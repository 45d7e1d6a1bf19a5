package e2e_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"session-store/e2e/peer"
)

const secret = "an-application-keeps-this-to-itself"

// No JWT that the application has not signed, or that says two things at once, opens a
// room.
func TestAbuseForgedJWTs(t *testing.T) {
	// A server that fetches what a stranger names can be sent anywhere.
	var fetched atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer evil.Close()
	program := start(t, "--join-secret", secret)
	good := fmt.Sprintf(`{"exp":%d,"room":"r"}`, inAnHour())
	owner := joinSigned(t, program.url, "r", hs256.forge([]byte(secret), "", good))
	must(t, http.StatusCreated)(owner.Put(t.Context(), "k", `"as it was"`))
	before := must(t, http.StatusOK)(owner.Call(t.Context(), http.MethodGet, "", ""))
	for name, token := range forgedHeaders(good, evil.URL) {
		t.Run(name, func(t *testing.T) { refusedToken(t, program.url, "r", token, http.StatusUnauthorized) })
	}
	for name, claims := range forgedClaims() {
		t.Run(name, func(t *testing.T) {
			refusedToken(t, program.url, "r", hs256.forge([]byte(secret), "", claims), http.StatusUnauthorized)
		})
	}
	t.Run("another room", func(t *testing.T) {
		claims := fmt.Sprintf(`{"exp":%d,"room":"other","grants":{"admin":true}}`, inAnHour())
		refusedToken(t, program.url, "r", hs256.forge([]byte(secret), "", claims), http.StatusForbidden)
	})
	if after := must(t, http.StatusOK)(owner.Call(t.Context(), http.MethodGet, "", "")); string(after.Body) != string(before.Body) {
		t.Errorf("the room was\n%s, it is\n%s", before.Body, after.Body)
	}
	if n := fetched.Load(); n != 0 {
		t.Errorf("the server has fetched what a stranger named %d times", n)
	}
}

// forgedHeaders are JWTs with good claims.
func forgedHeaders(good, evil string) map[string]string {
	key := []byte(secret)
	real := hs256.forge(key, "", good)
	parts := strings.Split(real, ".")
	unsigned := func(header string) string { return segment([]byte(header)) + "." + parts[1] + "." }
	embedded := fmt.Sprintf(`{"alg":"HS256","jwk":{"kty":"oct","k":%q}}`, segment([]byte("mine")))
	return map[string]string{
		"none":                        unsigned(`{"alg":"none"}`),
		"None":                        unsigned(`{"alg":"None"}`),
		"NONE, with a signature":      unsigned(`{"alg":"NONE"}`) + parts[2],
		"no algorithm":                hs256.forge(key, `{}`, good),
		"null for an algorithm":       hs256.forge(key, `{"alg":null}`, good),
		"a list of algorithms":        hs256.forge(key, `{"alg":["HS256"]}`, good),
		"hs256 in small letters":      hs256.forge(key, `{"alg":"hs256"}`, good),
		"HS384 with the secret":       hs384.forge(key, "", good),
		"HS512 with the secret":       hs512.forge(key, "", good),
		"the secret but a letter":     hs256.forge(key[1:], "", good),
		"an empty secret":             hs256.forge(nil, "", good),
		"the secret and a line end":   hs256.forge([]byte(secret+"\n"), "", good),
		"a kid that is an empty file": hs256.forge(nil, `{"alg":"HS256","kid":"../../../../dev/null"}`, good),
		"a kid that asks a database":  hs256.forge([]byte("x"), `{"alg":"HS256","kid":"' UNION SELECT 'x'--"}`, good),
		"a key that it brings":        hs256.forge([]byte("mine"), embedded, good),
		"an address of keys":          hs256.forge([]byte("mine"), fmt.Sprintf(`{"alg":"HS256","jku":%q,"x5u":%q}`, evil, evil), good),
		"an extension":                hs256.forge(key, `{"alg":"HS256","crit":["exp"]}`, good),
		"claims that are not encoded": hs256.forge(key, `{"alg":"HS256","b64":false,"crit":["b64"]}`, good),
		"a signature of other claims": parts[0] + "." + segment([]byte(strings.Replace(good, `"r"`, `"*"`, 1))) + "." + parts[2],
		"no signature":                parts[0] + "." + parts[1] + ".",
		"half a signature":            real[:len(real)-20],
		"padding":                     real + "=",
		"a fourth part":               real + "." + parts[2],
		"five parts":                  real + ".a.b",
		"nothing but dots":            "..",
		"no claims":                   parts[0] + ".." + parts[2],
		"a space within":              strings.Replace(real, ".", ". ", 1),
		"9 KB":                        hs256.forge(key, "", strings.Replace(good, "}", `,"x":"`+strings.Repeat("x", 9000)+`"}`, 1)),
	}
}

// forgedClaims are signed with the secret, by an application that was talked into it.
func forgedClaims() map[string]string {
	at := inAnHour()
	with := func(format string, args ...any) string { return fmt.Sprintf(format, args...) }
	return map[string]string{
		"no exp":                       `{"room":"r"}`,
		"exp in the past":              `{"exp":1700000000,"room":"r"}`,
		"exp in text":                  with(`{"exp":"%d","room":"r"}`, at),
		"exp in milliseconds":          with(`{"exp":%d000,"room":"r"}`, at),
		"exp for ever":                 `{"exp":1e999999,"room":"r"}`,
		"exp below nothing":            `{"exp":-1,"room":"r"}`,
		"exp twice":                    with(`{"exp":1,"exp":%d,"room":"r"}`, at),
		"nbf in the future":            with(`{"exp":%d,"nbf":%d,"room":"r"}`, at+100, at),
		"iat in text":                  with(`{"exp":%d,"iat":"now","room":"r"}`, at),
		"no room":                      with(`{"exp":%d}`, at),
		"an empty room":                with(`{"exp":%d,"room":""}`, at),
		"two rooms":                    with(`{"exp":%d,"room":"other","room":"r"}`, at),
		"two rooms, one in disguise":   with(`{"exp":%d,"room":"other","r\u006fom":"r"}`, at),
		"a room with a capital":        with(`{"exp":%d,"Room":"r"}`, at),
		"a list of rooms":              with(`{"exp":%d,"room":["r"]}`, at),
		"grants with a typo":           with(`{"exp":%d,"room":"r","grants":{"raed":["a"]}}`, at),
		"grants in text":               with(`{"exp":%d,"room":"r","grants":"*"}`, at),
		"grants twice":                 with(`{"exp":%d,"room":"r","grants":{"read":[]},"grants":{}}`, at),
		"admin in text":                with(`{"exp":%d,"room":"r","grants":{"admin":"true"}}`, at),
		"admin twice":                  with(`{"exp":%d,"room":"r","grants":{"admin":false,"admin":true}}`, at),
		"a pattern within":             with(`{"exp":%d,"room":"r","grants":{"read":["a*b"]}}`, at),
		"a name of 65 letters":         with(`{"exp":%d,"room":"r","name":"%065d"}`, at, 0),
		"a list":                       `["exp","room"]`,
		"claims that are no JSON":      `{"exp":`,
		"claims that are not UTF-8":    with("{\"exp\":%d,\"room\":\"r\",\"name\":\"\xff\"}", at),
		"more behind the claims":       with(`{"exp":%d,"room":"r"}{"exp":%d,"room":"*"}`, at, at),
		"brackets, a thousand of them": with(`{"exp":%d,"room":"r","x":%s}`, at, strings.Repeat("[", 1000)),
	}
}

// Whoever has the public keys can sign nothing with them.
func TestAbuseForgedWithPublicKeys(t *testing.T) {
	app := newApplication(t)
	program := start(t, "--join-jwks", app.set)
	claims := jwt.MapClaims{"exp": inAnHour(), "room": "r"}
	joinSigned(t, program.url, "r", app.sign(t, jwt.SigningMethodES384, "ec", claims))
	joinSigned(t, program.url, "r", app.sign(t, jwt.SigningMethodRS256, "rsa", claims))

	der, err := x509.MarshalPKIXPublicKey(&app.rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"exp":%d,"room":"r"}`, inAnHour())
	unsigned := func(header string, signature []byte) string {
		return segment([]byte(header)) + "." + segment([]byte(text)) + "." + segment(signature)
	}
	other := newApplication(t)
	for name, token := range map[string]string{
		"HS256 with the PEM":      hs256.forge(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "", text),
		"HS256 with the DER":      hs256.forge(der, "", text),
		"HS256 with the modulus":  hs256.forge(app.rsa.N.Bytes(), `{"alg":"HS256","kid":"rsa"}`, text),
		"HS256 with the set":      hs256.forge(app.keys(t), "", text),
		"a signature of zeros":    unsigned(`{"alg":"ES384","kid":"ec"}`, make([]byte, 96)),
		"a signature of orders":   unsigned(`{"alg":"ES384","kid":"ec"}`, append(elliptic.P384().Params().N.Bytes(), elliptic.P384().Params().N.Bytes()...)),
		"RSA, a signature of one": unsigned(`{"alg":"RS256","kid":"rsa"}`, append(make([]byte, 255), 1)),
		"keys of somebody else":   other.sign(t, jwt.SigningMethodES384, "ec", claims),
		"the kid of another key":  app.sign(t, jwt.SigningMethodRS256, "ec", claims),
		"a kid that there is not": app.sign(t, jwt.SigningMethodRS256, "newer", claims),
		"RS384, which is not on":  app.sign(t, jwt.SigningMethodRS384, "rsa", claims),
	} {
		t.Run(name, func(t *testing.T) { refusedToken(t, program.url, "r", token, http.StatusUnauthorized) })
	}
}

// A token is that of one peer of one session, and nobody else's.
func TestAbusePeerTokens(t *testing.T) {
	program := start(t)
	victim, attacker := join(t, program.url, "tokens"), join(t, program.url, "tokens")
	elsewhere := join(t, program.url, "elsewhere")
	gone := join(t, program.url, "tokens")
	must(t, http.StatusNoContent)(gone.Call(t.Context(), http.MethodPost, "/leave", ""))
	id, own, _ := strings.Cut(victim.Token, ".")
	_, others, _ := strings.Cut(attacker.Token, ".")
	for name, token := range map[string]string{
		"the secret of another peer":   id + "." + others,
		"no secret":                    id + ".",
		"no peer":                      "." + own,
		"the secret alone":             own,
		"the id alone":                 id,
		"small letters":                id + "." + strings.ToLower(own),
		"a letter less":                victim.Token[:len(victim.Token)-1],
		"a letter more":                victim.Token + "A",
		"a dot more":                   victim.Token + ".",
		"a zero byte in a query":       victim.Token + "%00",
		"another letter that looks so": strings.Replace(victim.Token, ".", "․", 1),
		"of another room":              elsewhere.Token,
		"of one who has left":          gone.Token,
		"a pattern":                    id + ".*",
		"100 KB":                       id + "." + strings.Repeat("A", 30_000),
	} {
		t.Run(name, func(t *testing.T) {
			stranger := &peer.Peer{HTTP: http.DefaultClient, URL: victim.URL, Token: token}
			for _, call := range [][2]string{{http.MethodGet, "/store"}, {http.MethodPut, "/store/k"}, {http.MethodPost, "/leave"}} {
				must(t, http.StatusUnauthorized)(stranger.Call(t.Context(), call[0], call[1], ""))
			}
		})
	}
	// The query is for streams and farewells, which cannot have headers: it ends up in
	// the logs of proxies.
	stranger := &peer.Peer{HTTP: http.DefaultClient, URL: victim.URL}
	must(t, http.StatusUnauthorized)(stranger.Call(t.Context(), http.MethodPut, "/store/k?access_token="+victim.Token, `{"value":1}`))
	must(t, http.StatusOK)(victim.Call(t.Context(), http.MethodGet, "/store", ""))
}

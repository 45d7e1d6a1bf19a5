package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"session-store/e2e/peer"
)

// application is one that signs who may join, and what strangers know of it.
type application struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey // P-384: the one that costs the most to check
	set string            // the file with the public keys
}

func newApplication(t *testing.T) *application {
	t.Helper()
	a := &application{set: filepath.Join(t.TempDir(), "keys.json")}
	var err error
	if a.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if a.ec, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.set, a.keys(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// keys is the JWK set, as everybody may read it.
func (a *application) keys(t *testing.T) []byte {
	t.Helper()
	point, err := a.ec.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"keys": []map[string]string{
		{"kty": "RSA", "kid": "rsa", "n": segment(a.rsa.N.Bytes()), "e": segment(big.NewInt(int64(a.rsa.E)).Bytes())},
		{"kty": "EC", "kid": "ec", "crv": "P-384", "x": segment(point[1:49]), "y": segment(point[49:])},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sign signs the claims with the key of the method.
func (a *application) sign(t *testing.T, method jwt.SigningMethod, kid string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = kid
	var key any = a.rsa
	if method == jwt.SigningMethodES384 {
		key = a.ec
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// segment is a part of a JWT.
func segment(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// hmacOf makes the signatures of one algorithm.
type hmacOf struct {
	name string
	hash func() hash.Hash
}

var (
	hs256 = hmacOf{"HS256", sha256.New}
	hs384 = hmacOf{"HS384", sha512.New384}
	hs512 = hmacOf{"HS512", sha512.New}
)

// forge puts a JWT together of texts that no library would write. An empty header is
// the usual one.
func (h hmacOf) forge(secret []byte, header, claims string) string {
	if header == "" {
		header = fmt.Sprintf(`{"alg":%q,"typ":"JWT"}`, h.name)
	}
	text := segment([]byte(header)) + "." + segment([]byte(claims))
	mac := hmac.New(h.hash, secret)
	mac.Write([]byte(text))
	return text + "." + segment(mac.Sum(nil))
}

// inAnHour is the claim exp of a token that is good.
func inAnHour() int64 { return time.Now().Add(time.Hour).Unix() }

// joinSigned joins with a JWT.
func joinSigned(t *testing.T, base, room, token string) *peer.Peer {
	t.Helper()
	p := &peer.Peer{HTTP: http.DefaultClient, URL: base + "/rooms/" + room, Token: token}
	answer := must(t, http.StatusCreated)(p.Call(t.Context(), http.MethodPost, "/join", ""))
	if err := json.Unmarshal([]byte(answer.Field("token")), &p.Token); err != nil {
		t.Fatal(err)
	}
	return p
}

// refusedToken wants the token to be worth nothing, neither to join with nor as that
// of an admin or a peer.
func refusedToken(t *testing.T, base, room, token string, status int) {
	t.Helper()
	stranger := &peer.Peer{HTTP: http.DefaultClient, URL: base + "/rooms/" + room}
	for _, call := range [][2]string{{http.MethodPost, "/join"}, {http.MethodGet, "/store"}, {http.MethodDelete, "/store/k"}} {
		answer, err := stranger.Call(t.Context(), call[0], call[1], "", "Authorization", "Bearer "+token)
		if err != nil {
			t.Errorf("%s %s: %v", call[0], call[1], err)
			continue
		}
		if answer.Status != status {
			t.Errorf("%s %s is answered with %d, want %d: %s", call[0], call[1], answer.Status, status, answer.Body)
		}
	}
}

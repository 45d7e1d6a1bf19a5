package auth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"sync"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"session-store/auth"
	"session-store/model"
)

// signer is a key of the application.
type signer struct {
	method jwt.SigningMethod
	key    crypto.Signer
}

// jwk is the public half as a JWK, with the changes: name, value, name, value.
func (s signer) jwk(t testing.TB, kid string, changes ...any) map[string]any {
	t.Helper()
	options := jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: kid}}
	if s.method == jwt.SigningMethodEdDSA {
		options.Metadata.ALG = jwkset.AlgEdDSA
	}
	key, err := jwkset.NewJWKFromKey(s.key.Public(), options)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(key.Marshal())
	var jwk map[string]any
	if err := json.Unmarshal(text, &jwk); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		jwk[changes[i].(string)] = changes[i+1]
	}
	return jwk
}

// sign makes a token that is right for the room standup at noon, with the header.
func (s signer) sign(t testing.TB, header ...any) string {
	t.Helper()
	token := jwt.NewWithClaims(s.method, jwt.MapClaims{"exp": 1_700_000_060, "room": "standup"})
	for i := 0; i < len(header); i += 2 {
		token.Header[header[i].(string)] = header[i+1]
	}
	text, err := token.SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rsaKeys are made once: one takes a quarter of a second.
var rsaKeys = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newRSA(t testing.TB, method jwt.SigningMethod) signer {
	t.Helper()
	key, err := rsaKeys()
	if err != nil {
		t.Fatal(err)
	}
	return signer{method, key}
}

func newECDSA(t testing.TB, method jwt.SigningMethod, curve elliptic.Curve) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{method, key}
}

func newEd25519(t testing.TB) signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{jwt.SigningMethodEdDSA, key}
}

func setOf(t testing.TB, jwks ...map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": append([]map[string]any{}, jwks...)})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// setVerifier is a Verifier of a set that stays as it is.
func setVerifier(t testing.TB, jwks ...map[string]any) *auth.Verifier {
	t.Helper()
	text := setOf(t, jwks...)
	v, err := auth.NewVerifierFrom(t.Context(), func(context.Context) ([]byte, error) { return text, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func TestAlgorithms(t *testing.T) {
	rs, ps := newRSA(t, jwt.SigningMethodRS256), newRSA(t, jwt.SigningMethodPS256)
	es, es384 := newECDSA(t, jwt.SigningMethodES256, elliptic.P256()), newECDSA(t, jwt.SigningMethodES384, elliptic.P384())
	ed := newEd25519(t)
	signers := map[string]signer{"RS256": rs, "PS256": ps, "ES256": es, "ES384": es384, "EdDSA": ed}
	all := setVerifier(t, rs.jwk(t, "rsa"), es.jwk(t, "es"), es384.jwk(t, "es384"), ed.jwk(t, "ed"))
	kids := map[string]string{"RS256": "rsa", "PS256": "rsa", "ES256": "es", "ES384": "es384", "EdDSA": "ed"}
	for alg, s := range signers {
		t.Run(alg, func(t *testing.T) {
			for what, text := range map[string]string{"kid": s.sign(t, "kid", kids[alg]), "no kid": s.sign(t)} {
				if _, err := all.Verify(text, "standup", noon); err != nil {
					t.Errorf("with %s: %v", what, err)
				}
			}
			told := setVerifier(t, s.jwk(t, "a", "alg", alg, "use", "sig", "key_ops", []string{"verify"}))
			if _, err := told.Verify(s.sign(t, "kid", "a"), "standup", noon); err != nil {
				t.Errorf("with a key that says what it is for: %v", err)
			}
			for other, kid := range kids {
				if kid != kids[alg] {
					mustRefuse(t, all, s.sign(t, "kid", kid), model.Unauthorized, "signed with")
					mustRefuse(t, all, s.sign(t, "alg", other), model.Unauthorized, "signed with")
				}
			}
		})
	}
}

// The attack on libraries that let the token choose: a public key taken for a
// shared secret.
func TestPublicKeyIsNoSecret(t *testing.T) {
	s := newRSA(t, jwt.SigningMethodRS256)
	v := setVerifier(t, s.jwk(t, "a"), map[string]any{"kty": "oct", "kid": "oct", "k": base64url(secret)},
		map[string]any{"kty": "oct", "kid": "told", "k": base64url(secret), "alg": "HS256", "use": "sig"})
	pkix, _ := x509.MarshalPKIXPublicKey(s.key.Public())
	pkcs1 := x509.MarshalPKCS1PublicKey(s.key.Public().(*rsa.PublicKey))
	jwk, _ := json.Marshal(s.jwk(t, "a"))
	for name, key := range map[string][]byte{
		"DER":               pkix,
		"PKCS1":             pkcs1,
		"PEM":               pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}),
		"PEM of PKCS1":      pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
		"JWK":               jwk,
		"n":                 s.key.Public().(*rsa.PublicKey).N.Bytes(),
		"an oct of the set": []byte(secret),
		"nothing":           nil,
	} {
		t.Run(name, func(t *testing.T) {
			for _, header := range []string{
				`{"alg":"HS256"}`, `{"alg":"HS256","kid":"a"}`, `{"alg":"HS256","kid":"oct"}`, `{"alg":"HS256","kid":"told"}`,
				`{"alg":"RS256","kid":"a"}`, `{"alg":"none","kid":"a"}`, `{"alg":"none"}`, `{"alg":"None"}`,
			} {
				mustRefuse(t, v, signed(header, right, key), model.Unauthorized, "signed with")
			}
		})
	}
}

func TestKeyMustFit(t *testing.T) {
	s, ed := newRSA(t, jwt.SigningMethodRS256), newEd25519(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short := signer{jwt.SigningMethodRS256, weak}
	const signature = "signed with"
	tests := []struct {
		name  string
		jwk   map[string]any
		text  string
		words string
	}{
		{"for encryption", s.jwk(t, "a", "use", "enc"), s.sign(t, "kid", "a"), signature},
		{"for encryption, no kid", s.jwk(t, "a", "use", "enc"), s.sign(t), signature},
		{"for something else", s.jwk(t, "a", "use", "tls"), s.sign(t, "kid", "a"), signature},
		{"to wrap keys", s.jwk(t, "a", "key_ops", []string{"wrapKey"}), s.sign(t, "kid", "a"), signature},
		{"for PS256", s.jwk(t, "a", "alg", "PS256"), s.sign(t, "kid", "a"), signature},
		{"for PS256, no kid", s.jwk(t, "a", "alg", "PS256"), s.sign(t), signature},
		{"for HS256", s.jwk(t, "a", "alg", "HS256"), s.sign(t, "kid", "a"), signature},
		{"for RS512", s.jwk(t, "a", "alg", "RS512"), signer{jwt.SigningMethodRS512, s.key}.sign(t, "kid", "a"), signature},
		{"RS512 with any", s.jwk(t, "a"), signer{jwt.SigningMethodRS512, s.key}.sign(t, "kid", "a"), signature},
		{"1024 bits", short.jwk(t, "a"), short.sign(t, "kid", "a"), signature},
		{"another kid", s.jwk(t, "a"), s.sign(t, "kid", "b"), signature},
		{"another case of the kid", s.jwk(t, "a"), s.sign(t, "kid", "A"), signature},
		{"a key without a kid", s.jwk(t, ""), s.sign(t, "kid", "a"), signature},
		{"a kid of null", s.jwk(t, "a"), s.sign(t, "kid", nil), "kid of the JWT must be a string"},
		{"a kid of a number", s.jwk(t, "a"), s.sign(t, "kid", 1), "kid of the JWT must be a string"},
		{"a key in the header", s.jwk(t, "a"), newEd25519(t).sign(t, "jwk", ed.jwk(t, "x"), "kid", "ed"), signature},
		{"crit", s.jwk(t, "a"), s.sign(t, "kid", "a", "crit", []string{"exp"}), "crit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The other key is usable, so that the set is.
			mustRefuse(t, setVerifier(t, ed.jwk(t, "ed"), tt.jwk), tt.text, model.Unauthorized, tt.words)
		})
	}
}

// ES384 with a key on P-256: the library alone would take it.
func TestCurveMustFit(t *testing.T) {
	s := newECDSA(t, jwt.SigningMethodES256, elliptic.P256())
	text := base64url(`{"alg":"ES384","kid":"a"}`) + "." + base64url(right)
	hash := sha512.Sum384([]byte(text))
	r, sig, err := ecdsa.Sign(rand.Reader, s.key.(*ecdsa.PrivateKey), hash[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 96)
	r.FillBytes(signature[:48])
	sig.FillBytes(signature[48:])
	text += "." + base64url(string(signature))
	mustRefuse(t, setVerifier(t, s.jwk(t, "a")), text, model.Unauthorized, "signed with")
}

// RFC 7517, 4.5: keys of different types may have one kid. 5: what is not
// understood is ignored.
func TestSetOfManyKinds(t *testing.T) {
	s, ed := newRSA(t, jwt.SigningMethodRS256), newEd25519(t)
	v := setVerifier(t,
		map[string]any{"kty": "AKP", "kid": "a"},
		map[string]any{"kty": "RSA", "kid": "a"},
		map[string]any{"kty": 7},
		map[string]any{},
		map[string]any{"kty": "OKP", "crv": "Ed448", "kid": "a", "x": "AAAA"},
		map[string]any{"kty": "EC", "crv": "P-256", "kid": "a", "x": "AAAA", "y": "AAAA"},
		map[string]any{"kty": "OKP", "crv": "X25519", "kid": "a", "x": base64url(secret)},
		ed.jwk(t, "a"), s.jwk(t, "a"))
	for _, s := range []signer{s, ed} {
		if _, err := v.Verify(s.sign(t, "kid", "a"), "standup", noon); err != nil {
			t.Errorf("%s: %v", s.method.Alg(), err)
		}
	}
}

// Of a key that was published whole, only the public half is of use to us.
func TestPublishedPrivateKey(t *testing.T) {
	s := newEd25519(t)
	seed := s.key.(ed25519.PrivateKey).Seed()
	v := setVerifier(t, s.jwk(t, "a", "d", base64url(string(seed))))
	if _, err := v.Verify(s.sign(t, "kid", "a"), "standup", noon); err != nil {
		t.Error(err)
	}
	mustRefuse(t, v, signed(`{"alg":"HS256","kid":"a"}`, right, seed), model.Unauthorized, "signed with")
}

func TestUnusableSet(t *testing.T) {
	s := newEd25519(t)
	for name, text := range map[string]string{
		"no JSON":          `<html>`,
		"nothing":          ``,
		"an array":         `[]`,
		"no keys":          `{"error":"down"}`,
		"keys of null":     `{"keys":null}`,
		"an object":        `{"keys":{}}`,
		"an empty set":     `{"keys":[]}`,
		"symmetric":        `{"keys":[{"kty":"oct","k":"` + base64url(secret) + `"}]}`,
		"for encryption":   string(setOf(t, s.jwk(t, "a", "use", "enc"))),
		"another alg":      string(setOf(t, s.jwk(t, "a", "alg", "ES256"))),
		"keys in the text": `{"keys":["` + base64url(secret) + `"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := auth.NewVerifierFrom(t.Context(), func(context.Context) ([]byte, error) { return []byte(text), nil })
			if err == nil || !strings.Contains(err.Error(), "--join-jwks") || strings.Contains(err.Error(), base64url(secret)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

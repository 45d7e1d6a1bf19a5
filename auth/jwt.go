package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"session-store/model"
)

// maxJWTBytes is the longest token that is decoded: what the usual proxies let
// through as one header. Without it each stranger has a megabyte of JSON parsed
// before its signature is looked at.
const maxJWTBytes = 8 << 10

// minSecretBytes: RFC 7518, 3.2: "A key of the same size as the hash output ...
// or larger MUST be used with this algorithm."
const minSecretBytes = 32

// leeway is for nbf alone: the application signs "from now on", and its clock is
// a little ahead of ours. RFC 7519, 4.1.5: "Implementers MAY provide for some small
// leeway". There is none for exp: a peer ends at exp to the millisecond, so one
// that was let in after it would be put out at once.
const leeway = 5 * time.Second

// Verifier checks the JWTs of the application (RFC 7519). It may be used by many
// at once.
type Verifier struct {
	algorithms []string
	keys       jwt.Keyfunc
	close      func()
}

// NewSecretVerifier makes a Verifier of what is signed with HS256 and the secret.
func NewSecretVerifier(secret string) (*Verifier, error) {
	if n := len(secret); n < minSecretBytes {
		return nil, fmt.Errorf("--join-secret: at least %d bytes are needed, this has %d", minSecretBytes, n)
	}
	key := []byte(secret)
	return &Verifier{
		algorithms: []string{"HS256"},
		keys:       func(*jwt.Token) (any, error) { return key, nil },
		close:      func() {},
	}, nil
}

// Close ends the renewal of keys, and returns when it has ended.
func (v *Verifier) Close() { v.close() }

// LooksLikeJWT tells a JWT, which has three parts, from the token of a peer, which
// has two.
func LooksLikeJWT(text string) bool { return strings.Count(text, ".") == 2 }

// Verify checks that the JWT is right for the room at the moment now. The error is
// a *model.Error: Forbidden if the JWT is right, but for another room; else
// Unauthorized. The claims that come without an error expire after now.
func (v *Verifier) Verify(text, room string, now time.Time) (Claims, error) {
	if len(text) > maxJWTBytes {
		return Claims{}, refusal("a JWT is at most %d bytes here, this has %d: grant prefixes instead of many keys", maxJWTBytes, len(text))
	}
	// RFC 7515, 2: base64url is "without ... any line breaks, whitespace, or other
	// additional characters". encoding/base64 skips line breaks, so that one token
	// would have many texts.
	if strings.ContainsAny(text, "\r\n") {
		return Claims{}, explain(jwt.ErrTokenMalformed)
	}
	var p payload
	if _, err := v.parser(now).ParseWithClaims(text, &p, v.key); err != nil {
		return Claims{}, explain(err)
	}
	claims, granted, err := readClaims(p)
	if err != nil {
		return Claims{}, err
	}
	if !now.Before(claims.Expires.Std()) {
		return Claims{}, explain(jwt.ErrTokenExpired)
	}
	if granted != "*" && granted != room {
		return Claims{}, model.Errorf(model.Forbidden, "the JWT is for another room: its claim room must name this one, or be \"*\"")
	}
	return claims, nil
}

// parser is made for each token, because the moment is part of it.
func (v *Verifier) parser(now time.Time) *jwt.Parser {
	return jwt.NewParser(
		// RFC 8725, 3.1: "Libraries MUST enable the caller to specify a supported set
		// of algorithms and MUST NOT use any other algorithms". So neither none, nor
		// HS256 with a public key for the secret.
		jwt.WithValidMethods(v.algorithms),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
		// aud is not looked at: this server has no name of its own in the contract.
		// What a token is for is said by its claim room.
	)
}

// key finds the keys that may have signed the token.
func (v *Verifier) key(token *jwt.Token) (any, error) {
	// RFC 7515, 4.1.11: "If any of the listed extension Header Parameters are not
	// understood and supported by the recipient, then the JWS is invalid." None is.
	if _, found := token.Header["crit"]; found {
		return nil, refusal("the JWT has the header crit: sign it without extensions")
	}
	return v.keys(token)
}

// explain makes a sentence for the caller of the library's error, whose own text
// is not passed on: it may quote what was sent.
func explain(err error) error {
	if ours, ok := errors.AsType[*model.Error](err); ok {
		return ours
	}
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return refusal("this is no JWT: it must be three parts of base64url without padding, the first two JSON objects")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return refusal("the JWT has no claim exp: sign it with the moment when it ends")
	case errors.Is(err, jwt.ErrTokenExpired):
		return refusal("the JWT has expired: get a fresh one from the application")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return refusal("the JWT is not valid yet: use it after its nbf, or compare the clocks")
	}
	return refusal("the JWT is not signed with a key and an algorithm that this server takes: get one from the application")
}

func refusal(format string, args ...any) error {
	return model.Errorf(model.Unauthorized, format, args...)
}

package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// algorithms are those that a JWT may be signed with when the keys are public,
// each with the keys that it works with. All are asymmetric: whoever reads the set
// can sign nothing.
func algorithms() map[string]func(key any) bool {
	return map[string]func(key any) bool{
		"RS256": isStrongRSA,
		"PS256": isStrongRSA,
		// RFC 7518, 3.4: ES256 is "ECDSA using P-256 and SHA-256". The library takes
		// any curve for it.
		"ES256": onCurve(elliptic.P256()),
		"ES384": onCurve(elliptic.P384()),
		"EdDSA": isEd25519,
	}
}

// isStrongRSA: RFC 7518, 3.3 and 3.5: "A key of size 2048 bits or larger MUST be
// used with these algorithms."
func isStrongRSA(key any) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.N.BitLen() >= 2048
}

func onCurve(curve elliptic.Curve) func(key any) bool {
	return func(key any) bool {
		k, ok := key.(*ecdsa.PublicKey)
		return ok && k.Curve == curve
	}
}

func isEd25519(key any) bool {
	_, ok := key.(ed25519.PublicKey)
	return ok
}

// publicKey is a key of a set, with what its JWK lets it verify.
type publicKey struct {
	id         string // kid, or ""
	algorithms []string
	key        crypto.PublicKey
}

// parseSet reads the keys of a JWK set that are for signatures. RFC 7517, 5:
// "Implementations SHOULD ignore JWKs within a JWK Set that use "kty" values that
// are not understood by them, that are missing required members, or for which
// values are out of the supported ranges": one bad key must not lock out all.
func parseSet(text []byte) ([]publicKey, error) {
	var set struct {
		Keys *[]json.RawMessage `json:"keys"`
	}
	// RFC 7517, 5: "The JSON object MUST have a "keys" member". Without this check
	// an error page in JSON would be a set that revokes every key.
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil {
		return nil, errors.New("it is no JWK set: a JSON object with an array \"keys\" is needed")
	}
	var keys []publicKey
	for _, raw := range *set.Keys {
		// Not Private: of a key that was published whole, the public half is taken,
		// and a symmetric one (kty oct) is an error.
		jwk, err := jwkset.NewJWKFromRawJSON(raw, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil {
			continue
		}
		if can := algorithmsOf(jwk); len(can) > 0 {
			keys = append(keys, publicKey{id: jwk.Marshal().KID, algorithms: can, key: jwk.Key()})
		}
	}
	return keys, nil
}

// algorithmsOf are those that the key may verify: all that fit it, unless its JWK
// says that it is for one, or not for signatures.
func algorithmsOf(jwk jwkset.JWK) []string {
	about := jwk.Marshal()
	// RFC 7517, 4.2 and 4.3. Both are optional.
	if about.USE != "" && about.USE != jwkset.UseSig {
		return nil
	}
	if len(about.KEYOPS) > 0 && !slices.Contains(about.KEYOPS, jwkset.KeyOpsVerify) {
		return nil
	}
	var can []string
	for name, fits := range algorithms() {
		// RFC 7517, 4.4: "alg" is "the algorithm intended for use with the key".
		if fits(jwk.Key()) && (about.ALG == "" || string(about.ALG) == name) {
			can = append(can, name)
		}
	}
	return can
}

// NewJWKSVerifier makes a Verifier of what is signed with a key of the JWK set
// (RFC 7517) at source, a file or an http(s) URL. The set is read at once, then
// every hour, and when a JWT names a key that is not in it. Keys that are no longer
// in the set count no longer; while it cannot be read, it stays as it was.
//
// ctx bounds the first reading alone; Close ends the others.
func NewJWKSVerifier(ctx context.Context, source string) (*Verifier, error) {
	return newSetVerifier(ctx, newSource(source))
}

func newSetVerifier(ctx context.Context, read source) (*Verifier, error) {
	names := slices.Sorted(maps.Keys(algorithms()))
	set := newKeySet(ctx, read)
	err := set.renew(ctx)
	if err == nil && len(*set.keys.Load()) == 0 {
		err = fmt.Errorf("the JWK set has no key for any of %s", strings.Join(names, ", "))
	}
	if err != nil {
		set.close()
		return nil, fmt.Errorf("--join-jwks: read the keys: %w", err)
	}
	// Started here, since it lives as long as the keys do; Close waits for it.
	set.loop.Go(set.renewHourly)
	return &Verifier{algorithms: names, keys: set.find, close: set.close}, nil
}

// find is the keys that may have signed the token.
func (s *keySet) find(token *jwt.Token) (any, error) {
	named, isNamed := token.Header["kid"]
	// RFC 7515, 4.1.4: "Its value MUST be a case-sensitive string. Use of this Header
	// Parameter is OPTIONAL."
	id, isText := named.(string)
	if isNamed && !isText {
		return nil, refusal("the header kid of the JWT must be a string")
	}
	if isNamed && !s.has(id) {
		s.renewForUnknown()
	}
	var fitting []jwt.VerificationKey
	for _, key := range *s.keys.Load() {
		if (!isNamed || key.id == id) && slices.Contains(key.algorithms, token.Method.Alg()) {
			fitting = append(fitting, key.key)
		}
	}
	if len(fitting) == 0 {
		return nil, refusal("the JWT is signed with a key or an algorithm that is not in the JWK set of this server: get a fresh one from the application")
	}
	return jwt.VerificationKeySet{Keys: fitting}, nil
}

package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"

	"session-store/model"
)

// idChars is enough that no two peers of a server meet: 60 bits.
const idChars = 12

// sessionChars makes 80 bits: a session's id is never used twice.
const sessionChars = 16

// NewID makes the id of a peer: small letters and digits.
func NewID() string { return strings.ToLower(rand.Text()[:idChars]) }

// NewSessionID makes the id of a session: small letters and digits.
func NewSessionID() string { return strings.ToLower(rand.Text()[:sessionChars]) }

// Token is what a bearer token says, before anybody has checked it.
type Token struct {
	Peer string
	Hash model.TokenHash
}

// NewToken makes a secret token for the peer: ID.SECRET, in characters that
// need no encoding in a header or a query.
func NewToken(peer string) (text string, hash model.TokenHash) {
	text = peer + "." + rand.Text()
	return text, sha256.Sum256([]byte(text))
}

// ParseToken reads a token. It says nothing about whether there is such a peer.
func ParseToken(text string) (t Token, ok bool) {
	peer, secret, found := strings.Cut(text, ".")
	if !found || peer == "" || secret == "" {
		return Token{}, false
	}
	var room [64]byte // for the tokens of NewToken: each call brings one
	return Token{Peer: peer, Hash: sha256.Sum256(append(room[:0], text...))}, true
}

// Bearer reads the token of an Authorization header (RFC 6750, 2.1). The name of
// the scheme is case-insensitive (RFC 9110, 11.1).
func Bearer(header string) (token string, ok bool) {
	scheme, token, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	token = strings.Trim(token, " ")
	return token, token != ""
}

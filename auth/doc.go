// Package auth knows who calls: it makes and reads the tokens of peers, and
// checks the JWTs of the application.
//
//	join ──▶ NewID, NewToken ──▶ id and token to the peer, hash to the session
//
//	Authorization: Bearer TEXT ──▶ Bearer ──▶ LooksLikeJWT
//	    two parts   ──▶ ParseToken ──▶ id and hash, to be compared
//	    three parts ──▶ Verifier.Verify ──▶ Claims ──▶ Keys, the grants of a peer
//	                        │
//	                        └──▶ the shared secret, or a keySet: JWK set ──▶ public keys
//
// A session keeps the hash of a token alone. SHA-256 without a salt is enough for
// a secret of 128 random bits: there is nothing to guess.
package auth

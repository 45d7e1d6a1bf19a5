package auth

import "context"

// NewVerifierFrom is NewJWKSVerifier with another source than a file or a URL.
func NewVerifierFrom(ctx context.Context, read func(context.Context) ([]byte, error)) (*Verifier, error) {
	return newSetVerifier(ctx, read)
}

// CheckRedirect is asked before a redirect of the source is followed.
var CheckRedirect = checkRedirect

package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// maxSetBytes is far above any set that is meant: a key has a few kilobytes with
// its certificates.
const maxSetBytes = 1 << 20

// source reads the text of a JWK set.
type source func(context.Context) ([]byte, error)

// newSource is the file or the http(s) URL that text names.
func newSource(text string) source {
	scheme, _, found := strings.Cut(text, "://")
	// RFC 3986, 3.1: "schemes are case-insensitive"
	if found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
		return fromURL(text)
	}
	return func(context.Context) ([]byte, error) {
		file, err := os.Open(text)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return readBounded(file)
	}
}

func fromURL(address string) source {
	client := &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			// One request an hour: a connection kept for the next would only be one
			// that Close has to end.
			DisableKeepAlives: true,
		},
	}
	return func(ctx context.Context) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, errors.New("the address is no URL") // and may have a password in it
		}
		// RFC 7517, 8.5.2
		request.Header.Set("Accept", "application/jwk-set+json, application/json")
		answer, err := client.Do(request)
		if err != nil {
			return nil, withoutSecrets(request.URL, err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, withoutSecrets(request.URL, errors.New("the answer is "+answer.Status))
		}
		return readBounded(answer.Body)
	}
}

// withoutSecrets says where something went wrong, without the password and the query of
// the address: the error goes to a log.
func withoutSecrets(address *url.URL, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // it stands behind the whole address
	}
	return fmt.Errorf("%s://%s%s: %w", address.Scheme, address.Host, address.EscapedPath(), err)
}

// checkRedirect keeps what began with TLS on TLS: whoever can change a plain
// answer could put his own key into the set.
func checkRedirect(next *http.Request, before []*http.Request) error {
	if before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return errors.New("it redirects from https to " + next.URL.Scheme)
	}
	if len(before) >= 5 {
		return errors.New("it redirects more than 5 times")
	}
	return nil
}

func readBounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSetBytes+1))
	if err == nil && len(text) > maxSetBytes {
		err = fmt.Errorf("a JWK set is at most %d bytes, this is more", maxSetBytes)
	}
	return text, err
}

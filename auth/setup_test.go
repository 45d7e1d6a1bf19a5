package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"session-store/auth"
	"session-store/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret = "0123456789abcdef0123456789abcdef"
	// right is a payload that is right for the room standup at noon.
	right = `{"exp":1700000060,"room":"standup"}`
)

// noon is when tokens are checked here, unless it matters.
var noon = time.Unix(1_700_000_000, 0)

func base64url(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// signed is a token of any header and payload, signed with HS256 and the key.
func signed(header, payload string, key []byte) string {
	text := base64url(header) + "." + base64url(payload)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64url(string(mac.Sum(nil)))
}

// token is a token of the payload, signed as it should be.
func token(payload string) string {
	return signed(`{"alg":"HS256","typ":"JWT"}`, payload, []byte(secret))
}

func verifier(t testing.TB) *auth.Verifier {
	t.Helper()
	v, err := auth.NewSecretVerifier(secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// mustRefuse fails the test unless the token is refused with the code, no claims,
// and a sentence that holds the words and nothing of the token.
func mustRefuse(t *testing.T, v *auth.Verifier, text string, code model.Code, words string) {
	t.Helper()
	claims, err := v.Verify(text, "standup", noon)
	refused, ok := errors.AsType[*model.Error](err)
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	if refused.Code != code || !strings.Contains(refused.Detail, words) {
		t.Errorf("it is refused with %v, not with %s and %q", refused, code, words)
	}
	if read, write := claims.Keys("b5kd2mqzx7ya"); claims.Expires != 0 || claims.Admin || read.Match("a") || write.Match("a") {
		t.Errorf("refused, it still claims %+v", claims)
	}
	for part := range strings.SplitSeq(text, ".") {
		if len(part) > 8 && strings.Contains(refused.Detail, part) {
			t.Errorf("the sentence repeats the token: %s", refused.Detail)
		}
	}
}

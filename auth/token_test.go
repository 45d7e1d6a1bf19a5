package auth_test

import (
	"crypto/sha256"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"session-store/auth"
	"session-store/model"
)

func TestIDs(t *testing.T) {
	tests := []struct {
		name  string
		make  func() string
		shape string
	}{
		{"peer", auth.NewID, `\A[a-z0-9]{12}\z`},
		{"session", auth.NewSessionID, `\A[a-z0-9]{16}\z`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := map[string]bool{}
			for range 2000 {
				id := tt.make()
				if !regexp.MustCompile(tt.shape).MatchString(id) {
					t.Fatalf("the id is %q", id)
				}
				if seen[id] {
					t.Fatalf("%q came twice", id)
				}
				seen[id] = true
			}
		})
	}
	// The id of a session stands in positions, which have no other dash.
	position := model.Position{Session: auth.NewSessionID(), Revision: 17}
	if got, ok := model.ParsePosition(position.String()); !ok || got != position {
		t.Errorf("%s is no position", position)
	}
}

func TestNewToken(t *testing.T) {
	seen := map[string]bool{}
	hashes := map[model.TokenHash]bool{}
	for range 500 {
		text, hash := auth.NewToken("b5kd2mqzx7ya")
		if !regexp.MustCompile(`\Ab5kd2mqzx7ya\.[A-Z2-7]{26,}\z`).MatchString(text) {
			t.Fatalf("the token is %q", text)
		}
		if url.QueryEscape(text) != text || url.PathEscape(text) != text {
			t.Fatalf("%q wants encoding in a URL", text)
		}
		if seen[text] || hashes[hash] {
			t.Fatalf("%q came twice", text)
		}
		seen[text], hashes[hash] = true, true

		if token, ok := auth.ParseToken(text); !ok || token.Peer != "b5kd2mqzx7ya" || token.Hash != hash {
			t.Fatalf("ParseToken(%q) = %+v, %t", text, token, ok)
		}
		if got, ok := auth.Bearer("Bearer " + text); !ok || got != text {
			t.Fatalf("as a header it is %q, %t", got, ok)
		}
	}
}

// What a session keeps opens nothing.
func TestHashIsNotTheToken(t *testing.T) {
	text, hash := auth.NewToken("ann")
	if strings.Contains(text, string(hash[:])) || strings.Contains(string(hash[:]), strings.TrimPrefix(text, "ann.")[:8]) {
		t.Error("the hash shows the token")
	}
}

func TestParseToken(t *testing.T) {
	tests := []struct {
		name, text, peer string
		ok               bool
	}{
		{"usual", "ann.SECRET", "ann", true},
		{"dots in the secret", "ann.a.b", "ann", true},
		{"empty", "", "", false},
		{"no dot", "annSECRET", "", false},
		{"only a dot", ".", "", false},
		{"no peer", ".SECRET", "", false},
		{"no secret", "ann.", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, ok := auth.ParseToken(tt.text)
			if ok != tt.ok || token.Peer != tt.peer {
				t.Errorf("ParseToken(%q) = %+v, %t, want %q, %t", tt.text, token, ok, tt.peer, tt.ok)
			}
			if !ok && token != (auth.Token{}) {
				t.Errorf("what is no token says %+v", token)
			}
		})
	}
}

// Every letter of a token counts, that of the peer's id included: a secret opens
// the door of its own peer alone.
func TestHashDiffers(t *testing.T) {
	first, _ := auth.ParseToken("ann.SECRET")
	for _, text := range []string{"bob.SECRET", "ann.SECRE", "ann.SECRETT", "ann.secret", "ann.SECRET ", "ann..SECRET", "an.nSECRET"} {
		if other, ok := auth.ParseToken(text); !ok || other.Hash == first.Hash {
			t.Errorf("ParseToken(%q) = %+v, %t", text, other, ok)
		}
	}
	if again, _ := auth.ParseToken("ann.SECRET"); again != first {
		t.Error("one token has two hashes")
	}
}

func TestBearer(t *testing.T) {
	tests := []struct {
		name, header, token string
		ok                  bool
	}{
		{"usual", "Bearer ann.SECRET", "ann.SECRET", true},
		{"small", "bearer ann.SECRET", "ann.SECRET", true},
		{"capitals", "BEARER ann.SECRET", "ann.SECRET", true},
		{"several spaces", "Bearer   ann.SECRET", "ann.SECRET", true},
		{"space behind", "Bearer ann.SECRET ", "ann.SECRET", true},
		{"all of b64token", "Bearer aZ09-._~+/==", "aZ09-._~+/==", true},
		{"empty", "", "", false},
		{"scheme alone", "Bearer", "", false},
		{"scheme and space", "Bearer ", "", false},
		{"scheme and spaces", "Bearer    ", "", false},
		{"token alone", "ann.SECRET", "", false},
		{"other scheme", "Basic YW5uOlNFQ1JFVA==", "", false},
		{"longer scheme", "Bearers ann.SECRET", "", false},
		{"colon", "Bearer: ann.SECRET", "", false},
		{"no space", "Bearerann.SECRET", "", false},
		{"space before", " Bearer ann.SECRET", "", false},
		{"letters that fold to others", "Bear\u0435r ann.SECRET", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, ok := auth.Bearer(tt.header)
			if ok != tt.ok || token != tt.token {
				t.Errorf("Bearer(%q) = %q, %t, want %q, %t", tt.header, token, ok, tt.token, tt.ok)
			}
		})
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{"ann.SECRET", "", ".", "a.", ".b", "a.b.c", "é.\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := auth.ParseToken(text)
		dot := strings.IndexByte(text, '.')
		if want := dot > 0 && dot < len(text)-1; ok != want {
			t.Fatalf("ParseToken(%q) = %+v, %t, want %t", text, token, ok, want)
		}
		if ok && (token.Peer != text[:dot] || token.Hash != sha256.Sum256([]byte(text))) {
			t.Errorf("ParseToken(%q) = %+v", text, token)
		}
	})
}

func FuzzBearer(f *testing.F) {
	for _, seed := range []string{"Bearer a.b", "bearer  a.b ", "Bearer ", "Basic x", "", "Bearer a b"} {
		f.Add(seed)
	}
	header := regexp.MustCompile(`(?is)\Abearer +([^ ](?:.*[^ ])?) *\z`)
	f.Fuzz(func(t *testing.T, text string) {
		token, ok := auth.Bearer(text)
		if found := header.FindStringSubmatch(text); (found != nil) != ok || ok && found[1] != token {
			t.Errorf("Bearer(%q) = %q, %t, want %q", text, token, ok, found)
		}
	})
}

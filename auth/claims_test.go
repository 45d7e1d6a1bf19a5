package auth_test

import (
	"fmt"
	"strings"
	"testing"

	"session-store/auth"
	"session-store/model"
)

// claiming is the token of a payload that is right but for the claims.
func claiming(claims string) string {
	return token(`{"exp":1700000060,"room":"standup",` + claims + `}`)
}

func TestClaims(t *testing.T) {
	long := strings.Repeat("ü", 64)
	tests := []struct {
		name, claims       string
		subject, who, role string
		admin              bool
	}{
		{name: "all", claims: `"sub":"u1","name":"Ann","role":"host","grants":{"admin":true}`, subject: "u1", who: "Ann", role: "host", admin: true},
		{name: "none", claims: `"iss":"app"`},
		{name: "null is not there", claims: `"sub":null,"name":null,"role":null,"grants":null,"nbf":null,"iat":null`},
		{name: "not admin", claims: `"grants":{"admin":false}`},
		{name: "64 characters", claims: `"name":"` + long + `"`, who: long},
		{name: "others are ignored", claims: `"aud":["x"],"Name":"Eve","SUB":"eve","Grants":{"admin":true},"admin":true,"a":{"a":1,"a":2}`},
	}
	v := verifier(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := v.Verify(claiming(tt.claims), "standup", noon)
			if err != nil {
				t.Fatal(err)
			}
			if c.Subject != tt.subject || c.Name != tt.who || c.Role != tt.role || c.Admin != tt.admin {
				t.Errorf("it claims %+v", c)
			}
		})
	}
}

func TestClaimsRefused(t *testing.T) {
	many := `["` + strings.Repeat(`a","`, 100) + `a"]`
	const lists, members, pattern = "arrays of strings", "no other member", "a pattern in grants"
	tests := []struct{ name, claims, words string }{
		{"sub a number", `"sub":7`, "sub"},
		{"name a list", `"name":["Ann"]`, "name"},
		{"role false", `"role":false`, "role"},
		{"a name of 65 characters", `"name":"` + strings.Repeat("ü", 65) + `"`, "at most 64"},
		{"a claim twice", `"room":"*"`, "each name once"},
		{"a claim twice, escaped", `"\u0072oom":"*"`, "each name once"},
		{"not UTF-8", "\"name\":\"\xff\"", "UTF-8"},
		{"not UTF-8 where nobody looks", "\"x\":\"\xc3\"", "UTF-8"},
		{"grants a list", `"grants":["*"]`, "grants"},
		{"grants a string", `"grants":"*"`, "grants"},
		{"grants false", `"grants":false`, "grants"},
		{"grants twice", `"grants":{},"grants":{"admin":true}`, "each name once"},
		{"a grant twice", `"grants":{"read":[],"read":["*"]}`, "each member once"},
		{"a grant misspelt", `"grants":{"raed":[]}`, members},
		{"a grant in capitals", `"grants":{"Read":[]}`, members},
		{"read null", `"grants":{"read":null}`, lists},
		{"read a string", `"grants":{"read":"*"}`, lists},
		{"read an object", `"grants":{"read":{}}`, lists},
		{"write true", `"grants":{"write":true}`, lists},
		{"write of numbers", `"grants":{"write":[1]}`, lists},
		{"write of a list", `"grants":{"write":[["a"]]}`, lists},
		{"write of null", `"grants":{"write":[null]}`, pattern},
		{"an empty pattern", `"grants":{"read":[""]}`, pattern},
		{"a star within", `"grants":{"read":["a*b"]}`, pattern},
		{"two stars", `"grants":{"read":["**"]}`, pattern},
		{"a comma", `"grants":{"read":["a,b"]}`, pattern},
		{"a control character", `"grants":{"read":["a\u0000"]}`, pattern},
		{"129 bytes", `"grants":{"write":["` + strings.Repeat("a", 129) + `"]}`, pattern},
		{"129 bytes with the id", `"grants":{"write":["` + strings.Repeat("a", 117) + `{peer}"]}`, pattern},
		{"101 patterns", `"grants":{"write":` + many + `}`, "at most 100"},
		{"admin null", `"grants":{"admin":null}`, "admin"},
		{"admin a string", `"grants":{"admin":"true"}`, "admin"},
		{"admin a number", `"grants":{"admin":1}`, "admin"},
	}
	v := verifier(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mustRefuse(t, v, claiming(tt.claims), model.Unauthorized, tt.words)
		})
	}
	for _, payload := range []string{`null`, `[]`, `"x"`, `7`, ``, `{`, right + right} {
		t.Run(fmt.Sprintf("a payload of %s", payload), func(t *testing.T) {
			mustRefuse(t, v, token(payload), model.Unauthorized, "JWT")
		})
	}
}

func TestGrants(t *testing.T) {
	const peer = "b5kd2mqzx7ya"
	hundred := `["` + strings.Repeat(`a","`, 99) + `a"]`
	tests := []struct {
		name, claims string
		read, write  string // the keys of these that match
	}{
		{"none", `"x":1`, "a b hand.1 hand." + peer, "a b hand.1 hand." + peer},
		{"null", `"grants":null`, "a b", "a b"},
		{"empty", `"grants":{}`, "a b", "a b"},
		{"read alone", `"grants":{"read":["a"]}`, "a", "a b"},
		{"write alone", `"grants":{"write":["a"]}`, "a b", "a"},
		{"no key at all", `"grants":{"read":[],"write":[]}`, "", ""},
		{"with space", `"grants" : { "read" : [ "a" ] , "write" : [ ] }`, "a", ""},
		{"escaped", `"grants":{"r\u0065ad":["\u0061"],"write":[]}`, "a", ""},
		{"a prefix", `"grants":{"read":["hand.*"],"write":[]}`, "hand.1 hand.{peer} hand." + peer, ""},
		{"the own key", `"grants":{"read":["*"],"write":["hand.{peer}"]}`, "a b", "hand." + peer},
		{"the own prefix", `"grants":{"read":[],"write":["{peer}*"]}`, "", peer + " " + peer + ".x " + peer + "." + peer},
		{"the own key, twice in it", `"grants":{"read":[],"write":["{peer}.{peer}"]}`, "", peer + "." + peer},
		{"a hundred", `"grants":{"read":` + hundred + `,"write":[]}`, "a", ""},
	}
	keys := []string{"a", "b", "hand.1", "hand." + peer, peer, peer + ".x", peer + "." + peer, "hand.{peer}", "{peer}"}
	v := verifier(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := v.Verify(claiming(tt.claims), "standup", noon)
			if err != nil {
				t.Fatal(err)
			}
			read, write := c.Keys(peer)
			mustMatch(t, "read", read, tt.read, keys)
			mustMatch(t, "write", write, tt.write, keys)
		})
	}
}

// mustMatch holds the grant to the keys that it has; "a b" stands for all of them.
func mustMatch(t *testing.T, what string, grant model.Keys, has string, keys []string) {
	t.Helper()
	all := strings.HasPrefix(has, "a b")
	for _, key := range keys {
		want := all || strings.Contains(" "+has+" ", " "+key+" ")
		if grant.Match(key) != want {
			t.Errorf("%s of %s: %v", what, key, !want)
		}
	}
}

// A back end is no peer. What is meant for the own keys of one must not open all.
func TestGrantsWithoutAPeer(t *testing.T) {
	c, err := verifier(t).Verify(claiming(`"grants":{"read":["{peer}*","a"],"write":["{peer}"],"admin":true}`), "standup", noon)
	if err != nil {
		t.Fatal(err)
	}
	read, write := c.Keys("")
	mustMatch(t, "read", read, "a", []string{"a", "b", ""})
	mustMatch(t, "write", write, "none", []string{"a", "b", ""})
	read, write = auth.Claims{}.Keys("b5kd2mqzx7ya")
	mustMatch(t, "read of nobody", read, "none", []string{"a", ""})
	mustMatch(t, "write of nobody", write, "none", []string{"a", ""})
}

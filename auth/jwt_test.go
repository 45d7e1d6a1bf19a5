package auth_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"session-store/auth"
	"session-store/model"
)

func TestSecretHas32Bytes(t *testing.T) {
	for _, short := range []string{"", "abc123", secret[:31]} {
		_, err := auth.NewSecretVerifier(short)
		if err == nil || !strings.Contains(err.Error(), "--join-secret") {
			t.Errorf("%d bytes: the error is %v", len(short), err)
		}
		if short != "" && strings.Contains(err.Error(), short) {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

func TestLooksLikeJWT(t *testing.T) {
	peer, _ := auth.NewToken("b5kd2mqzx7ya")
	tests := []struct {
		name, text string
		want       bool
	}{
		{"a JWT", token(right), true},
		{"without a signature", "e30.e30.", true},
		{"the token of a peer", peer, false},
		{"one part", "e30", false},
		{"four parts", "a.b.c.d", false},
		{"nothing", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := auth.LooksLikeJWT(tt.text); got != tt.want {
				t.Errorf("%v for %q", got, tt.text)
			}
		})
	}
}

func TestRooms(t *testing.T) {
	tests := []struct {
		name, claim, room string
		code              model.Code
	}{
		{"its own", `"room":"standup"`, "standup", ""},
		{"every room", `"room":"*"`, "standup", ""},
		{"another", `"room":"retro"`, "standup", model.Forbidden},
		{"another case", `"room":"Standup"`, "standup", model.Forbidden},
		{"a prefix is no pattern", `"room":"stand*"`, "standup", model.Forbidden},
		{"none", `"sub":"ann"`, "standup", model.Unauthorized},
		{"none, for no room", `"sub":"ann"`, "", model.Unauthorized},
		{"empty", `"room":""`, "", model.Unauthorized},
		{"null", `"room":null`, "standup", model.Unauthorized},
		{"a list", `"room":["standup"]`, "standup", model.Unauthorized},
		{"another spelling of the claim", `"ROOM":"*"`, "standup", model.Unauthorized},
	}
	v := verifier(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := v.Verify(token(`{"exp":1700000060,`+tt.claim+`}`), tt.room, noon)
			refused, ok := err.(*model.Error)
			if (tt.code == "") != (err == nil) || ok && refused.Code != tt.code {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// hs384 is signed with the secret, but with an algorithm that nobody asked for.
func hs384(payload string) string {
	text := base64url(`{"alg":"HS384"}`) + "." + base64url(payload)
	mac := hmac.New(sha512.New384, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64url(string(mac.Sum(nil)))
}

func TestForged(t *testing.T) {
	good := token(right)
	parts := strings.Split(good, ".")
	other := strings.Repeat("x", 32)
	const key, form = "not signed with a key", "this is no JWT"
	tests := []struct{ name, text, words string }{
		{"another secret", signed(`{"alg":"HS256"}`, right, []byte(other)), key},
		{"an empty secret", signed(`{"alg":"HS256"}`, right, nil), key},
		{"alg none, unsigned", base64url(`{"alg":"none"}`) + "." + parts[1] + ".", key},
		{"alg none, signed", signed(`{"alg":"none"}`, right, []byte(secret)), key},
		{"alg None", signed(`{"alg":"None"}`, right, []byte(secret)), key},
		{"alg nOnE", base64url(`{"alg":"nOnE"}`) + "." + parts[1] + ".", key},
		{"alg NONE", base64url(`{"alg":"NONE"}`) + "." + parts[1] + ".", key},
		{"alg hs256", signed(`{"alg":"hs256"}`, right, []byte(secret)), key},
		{"alg HS384", signed(`{"alg":"HS384"}`, right, []byte(secret)), key},
		{"HS384 with the secret", hs384(right), key},
		{"alg RS256", signed(`{"alg":"RS256"}`, right, []byte(secret)), key},
		{"alg a list", signed(`{"alg":["HS256"]}`, right, []byte(secret)), key},
		{"alg empty", signed(`{"alg":""}`, right, []byte(secret)), key},
		{"no alg", signed(`{}`, right, []byte(secret)), key},
		{"a header of null", signed(`null`, right, []byte(secret)), key},
		{"a header that is no JSON", signed(`alg`, right, []byte(secret)), form},
		{"crit", signed(`{"alg":"HS256","crit":["b64"],"b64":false}`, right, []byte(secret)), "crit"},
		{"crit null", signed(`{"alg":"HS256","crit":null}`, right, []byte(secret)), "crit"},
		{"another payload", parts[0] + "." + base64url(`{"exp":1700000060,"room":"*"}`) + "." + parts[2], key},
		{"another header", base64url(`{"alg":"HS256"}`) + "." + parts[1] + "." + parts[2], key},
		{"cut short", good[:len(good)-1], form},
		{"cut by three", good[:len(good)-3], key},
		{"no signature", parts[0] + "." + parts[1] + ".", key},
		{"two parts", parts[0] + "." + parts[1], form},
		{"four parts", good + ".e30", form},
		{"nothing", "", form},
		{"dots", "..", form},
		{"padded", good + "=", form},
		{"a space before", " " + good, form},
		{"a line break in the signature", good[:len(good)-5] + "\n" + good[len(good)-5:], form},
		{"standard base64", strings.Replace(good, parts[2], strings.Repeat("+", 43), 1), form},
		{"8 KiB and a byte", token(right + strings.Repeat(" ", 8<<10)), "at most 8192 bytes"},
	}
	v := verifier(t)
	if _, err := v.Verify(good, "standup", noon); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { mustRefuse(t, v, tt.text, model.Unauthorized, tt.words) })
	}
}

// Every byte counts: also the last, of which base64 uses some bits only.
func TestEachByteIsSigned(t *testing.T) {
	v, good := verifier(t), token(right)
	for i := range good {
		for _, b := range []byte("A_9.") {
			if good[i] == b {
				continue
			}
			changed := good[:i] + string(b) + good[i+1:]
			if _, err := v.Verify(changed, "standup", noon); err == nil {
				t.Errorf("it is taken with %q at %d", b, i)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	const number, expired = "number of seconds", "has expired"
	tests := []struct{ name, claims, words string }{
		{"a minute", `"exp":1700000060`, ""},
		{"half a second", `"exp":1700000000.5`, ""},
		{"a millisecond", `"exp":1700000000.001`, ""},
		{"as a power of ten", `"exp":17.0000006e8`, ""},
		{"the year 9999", `"exp":253402300799`, ""},
		{"ended this moment", `"exp":1700000000`, expired},
		{"ended a second ago", `"exp":1699999999`, expired},
		{"ended beyond the leeway of nbf", `"exp":1699999994`, expired},
		{"ended in 1970", `"exp":0`, expired},
		{"minus zero", `"exp":-0`, expired},
		{"no exp", `"sub":"ann"`, "no claim exp"},
		{"null", `"exp":null`, "no claim exp"},
		{"another spelling", `"Exp":1700000060`, "no claim exp"},
		{"a string", `"exp":"1700000060"`, number},
		{"a string of no number", `"exp":"NaN"`, number},
		{"a list", `"exp":[1700000060]`, number},
		{"true", `"exp":true`, number},
		{"milliseconds", `"exp":1700000060000`, number},
		{"one after the year 9999", `"exp":253402300800`, number},
		{"just above an int64", `"exp":9223372036854775808`, number},
		{"1e300", `"exp":1e300`, number},
		{"more than a float", `"exp":1e400`, number},
		{"negative", `"exp":-1700000060`, number},
		{"very negative", `"exp":-1e300`, number},
		{"NaN", `"exp":NaN`, "this is no JWT"},
		{"since a minute", `"exp":1700000060,"nbf":1699999940`, ""},
		{"from a clock ahead", `"exp":1700000060,"nbf":1700000005`, ""},
		{"from later", `"exp":1700000060,"nbf":1700000006`, "not valid yet"},
		{"from 1e300", `"exp":1700000060,"nbf":1e300`, number},
		{"from a string", `"exp":1700000060,"nbf":"0"`, number},
		{"made in the future", `"exp":1700000060,"iat":1700000050`, ""},
		{"made at a string", `"exp":1700000060,"iat":"now"`, number},
	}
	v := verifier(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := token(`{"room":"standup",` + tt.claims + `}`)
			if tt.words != "" {
				mustRefuse(t, v, text, model.Unauthorized, tt.words)
				return
			}
			claims, err := v.Verify(text, "standup", noon)
			if err != nil || claims.Expires <= model.TimeOf(noon) {
				t.Errorf("it expires at %d; %v", claims.Expires, err)
			}
		})
	}
}

func TestExpiresIsExact(t *testing.T) {
	v := verifier(t)
	for exp, want := range map[string]model.Time{
		"1700000060":        1_700_000_060_000,
		"1700000060.123":    1_700_000_060_123,
		"1700000060.001":    1_700_000_060_001,
		"1700000060.999999": 1_700_000_061_000,
		"253402300799":      253_402_300_799_000,
	} {
		claims, err := v.Verify(token(`{"room":"standup","exp":`+exp+`}`), "standup", noon)
		if err != nil || claims.Expires != want {
			t.Errorf("%s is %d; %v", exp, claims.Expires, err)
		}
	}
}

// Whatever the moment, one who is let in is not put out at once.
func TestExpiresAfterNow(t *testing.T) {
	v, text := verifier(t), token(right)
	end := time.Unix(1_700_000_060, 0)
	for before, want := range map[time.Duration]bool{
		time.Nanosecond: true, time.Millisecond: true, time.Hour: true,
		0: false, -time.Nanosecond: false, -time.Second: false, -6 * time.Second: false,
	} {
		if _, err := v.Verify(text, "standup", end.Add(-before)); (err == nil) != want {
			t.Errorf("%v before its end: %v", before, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(`{"alg":"HS256"}`, right, "")
	f.Add(`{"alg":"none"}`, right, "")
	f.Add(`{"alg":"EdDSA","kid":"a"}`, `{"exp":1e300,"room":"*","grants":{"read":["{peer}*"],"admin":true}}`, "x")
	f.Add(`{"alg":"HS256","crit":[]}`, `{"exp":17e8,"exp":null,"name":"\ud800","grants":null}`, "..")
	bySecret, byKey := verifier(f), setVerifier(f, newEd25519(f).jwk(f, "a"))
	f.Fuzz(func(t *testing.T, header, payload, signature string) {
		text := base64url(header) + "." + base64url(payload) + "." + base64url(signature)
		for _, v := range []*auth.Verifier{bySecret, byKey} {
			for _, text := range []string{text, header, header + "." + payload + "." + signature} {
				if claims, err := v.Verify(text, "standup", noon); !isCode(err, model.Unauthorized) {
					t.Errorf("%q is taken: %+v, %v", text, claims, err)
				}
			}
		}
		claims, err := bySecret.Verify(signed(`{"alg":"HS256"}`, payload, []byte(secret)), "standup", noon)
		if err != nil {
			if !isCode(err, model.Unauthorized) && !isCode(err, model.Forbidden) {
				t.Errorf("the error is %v", err)
			}
			return
		}
		if claims.Expires <= model.TimeOf(noon) || !json.Valid([]byte(payload)) {
			t.Errorf("taken: %+v", claims)
		}
		claims.Keys("b5kd2mqzx7ya")
	})
}

func isCode(err error, code model.Code) bool {
	refused, ok := err.(*model.Error)
	return ok && refused.Code == code
}

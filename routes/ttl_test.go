package routes_test

import (
	"strings"
	"testing"
)

// API.md: "`ttl`: seconds (the entry goes by itself)", however few they are.
func TestTTL(t *testing.T) {
	p := newGuarded(t).place(t, nil)
	for _, ttl := range []string{"0.001", "0.0001", "1e-10", "1e-300", "60", "31536000"} {
		status, body := p.do("PUT", "/store/k", p.owner.token, "", `{"value":1,"ttl":`+ttl+`}`)
		if status >= 400 || !strings.Contains(string(body), `"expires_at":"20`) {
			t.Errorf("a ttl of %s: %d %s", ttl, status, body)
		}
	}
	before := p.state()
	for _, members := range []string{`"ttl":0`, `"ttl":-1`, `"ttl":-0.5`, `"ttl":"1"`, `"ttl":true`, `"ttl":31536001`, `"ttl":1e400`, `"ephemeral":1`, `"ephemeral":"true"`} {
		p.want("400 invalid_request", "PUT", "/store/open", p.owner.token, "", `{"value":1,`+members+`}`)
		p.want("400 invalid_request", "PUT", "/store/open", p.owner.token, "", `{`+members+`}`)
	}
	p.want("400 invalid_request", "PUT", "/store/open", p.owner.token, "", `{"ttl":5}`)
	p.want("400 invalid_request", "PUT", "/store/open", p.owner.token, "", `{"ephemeral":true}`)
	if after := p.state(); after != before {
		t.Errorf("refused, and it was\n%s\nand is\n%s", before, after)
	}
}

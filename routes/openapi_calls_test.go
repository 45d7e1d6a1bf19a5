package routes_test

import (
	"strings"
	"testing"

	"session-store/model"
)

// call is one exchange; calls of a table are made one after the other.
type call struct {
	name, method, path string
	header             string // Name: value
	body               string
	status             int
	code               model.Code
	// malformed says that the document itself forbids it.
	malformed bool
}

func calls() []call {
	long := strings.Repeat("x", 70_000)
	const etag = "If-None-Match: ETAG" // that of the answer before
	return []call{
		{"alive", "GET", "/healthz", "", "", 200, "", false},
		{"ready", "GET", "/readyz", "", "", 200, "", false},
		{"join again", "POST", "/join", "", "", 200, "", false},
		{"join as somebody else", "POST", "/join", "Authorization: none", `{"name":"Bob"}`, 201, "", false},
		{"join with half a body", "POST", "/join", "", `{"name":`, 400, model.InvalidJSON, true},
		{"join with an unknown member", "POST", "/join", "", `{"nmae":"Ann"}`, 400, model.InvalidRequest, true},
		{"join with a long body", "POST", "/join", "", `{"name":"` + long + `"}`, 413, model.BodyTooLarge, true},
		{"join with text", "POST", "/join", "Content-Type: text/plain", "Ann", 415, model.UnsupportedMediaType, true},

		{"heartbeat", "POST", "/heartbeat", "", "", 204, "", false},
		{"describe", "GET", "", "", "", 200, "", false},
		{"list peers", "GET", "/peers", "", "", 200, "", false},
		{"put a peer out", "DELETE", "/peers/b5kd2mqzx7ya", "", "", 403, model.Forbidden, false},

		{"set a new entry", "PUT", "/store/a", "", `{"value":{"slide":3}}`, 201, "", false},
		{"change it", "PUT", "/store/a", "If-Match: *", `{"value":null}`, 200, "", false},
		{"read it", "GET", "/store/a", "", "", 200, "", false},
		{"read it again", "GET", "/store/a", etag, "", 304, "", false},
		{"read no entry", "GET", "/store/b", "", "", 404, model.KeyNotFound, false},
		{"read what is no key", "GET", "/store/a%2Cb", "", "", 400, model.InvalidRequest, false},
		{"set under a key with a slash", "PUT", "/store/a%2Fb", "", `{"value":[1,"two",3.5]}`, 201, "", false},
		{"read the store", "GET", "/store", "", "", 200, "", false},
		{"read it again", "GET", "/store", etag, "", 304, "", false},
		{"read some of it", "GET", "/store?keys=b,a*", "", "", 200, "", false},
		{"read what are no keys", "GET", "/store?keys=a*b", "", "", 400, model.InvalidRequest, false},

		{"a key too many", "PUT", "/store/c", "", `{"value":1}`, 409, model.TooManyKeys, false},
		{"a byte too many", "PUT", "/store/a", "", `{"value":"` + long[:29] + `"}`, 409, model.StoreFull, false},
		{"a value too large", "PUT", "/store/a", "", `{"value":"` + long[:31] + `"}`, 413, model.ValueTooLarge, false},
		{"a body too large", "PUT", "/store/a", "", `{"value":"` + long + `"}`, 413, model.BodyTooLarge, false},
		{"an unknown member", "PUT", "/store/a", "", `{"values":1}`, 400, model.InvalidRequest, true},
		{"a value of text", "PUT", "/store/a", "Content-Type: text/plain", "1", 415, model.UnsupportedMediaType, true},
		{"set if there is none", "PUT", "/store/a", "If-None-Match: *", `{"value":1}`, 412, model.PreconditionFailed, false},
		{"set if there is one", "PUT", "/store/b", "If-Match: *", `{"value":1}`, 412, model.PreconditionFailed, false},
		{"remove another one", "DELETE", "/store/a", `If-Match: "s-1"`, "", 412, model.PreconditionFailed, false},
		{"remove it", "DELETE", "/store/a", "", "", 204, "", false},

		{"set one and remove two", "PATCH", "/store", "", `{"set":{"a":null},"remove":["a/b","b"]}`, 200, "", false},
		{"if there is one", "PATCH", "/store", "If-Match: *", `{"remove":["b"]}`, 412, model.PreconditionFailed, false},
		{"a condition for two", "PATCH", "/store", "If-Match: *", `{"remove":["a","b"]}`, 400, model.InvalidRequest, false},
		{"nothing at all", "PATCH", "/store", "", `{}`, 400, model.InvalidRequest, true},
		{"no key", "PATCH", "/store", "", `{"set":{},"remove":[]}`, 400, model.InvalidRequest, false},
		{"no body", "PATCH", "/store", "", "", 400, model.InvalidRequest, true},
		{"a key that is both set and removed", "PATCH", "/store", "", `{"set":{"a":1},"remove":["a"]}`, 400, model.InvalidRequest, false},
		{"a key that stands there twice", "PATCH", "/store", "", `{"set":{"a":1,"a":1}}`, 400, model.InvalidRequest, false},
		{"what is no key", "PATCH", "/store", "", `{"set":{"a*":1}}`, 400, model.InvalidRequest, false},
		{"an unknown member of a patch", "PATCH", "/store", "", `{"sets":{"a":1}}`, 400, model.InvalidRequest, true},
		{"a set that is none", "PATCH", "/store", "", `{"set":["a"]}`, 400, model.InvalidRequest, true},
		{"half a patch", "PATCH", "/store", "", `{"set":{`, 400, model.InvalidJSON, true},
		{"keys too many", "PATCH", "/store", "", `{"set":{"b":1,"c":1}}`, 409, model.TooManyKeys, false},
		{"a patched value too large", "PATCH", "/store", "", `{"set":{"a":"` + long[:31] + `"}}`, 413, model.ValueTooLarge, false},
		{"a patch of text", "PATCH", "/store", "Content-Type: text/plain", "a", 415, model.UnsupportedMediaType, true},

		{"set for a minute", "PUT", "/store/b", "", `{"value":1,"ttl":60}`, 201, "", false},
		{"set for as long as the peer is there", "PUT", "/store/b", "", `{"value":1,"ttl":0.5,"ephemeral":true}`, 200, "", false},
		{"set for no time", "PUT", "/store/b", "", `{"value":1,"ttl":0}`, 400, model.InvalidRequest, true},
		{"set for more than a year", "PUT", "/store/b", "", `{"value":1,"ttl":31536001}`, 400, model.InvalidRequest, true},
		{"set for a word", "PUT", "/store/b", "", `{"value":1,"ttl":"1"}`, 400, model.InvalidRequest, true},
		{"a time to live of nothing", "PUT", "/store/b", "", `{"ttl":1}`, 400, model.InvalidRequest, false},
		{"remove with an empty body", "PUT", "/store/a%2Fb", "", `{}`, 204, "", false},
		{"remove without a body", "PUT", "/store/a", "", "", 204, "", false},

		{"observe a moment", "GET", "/observe?keys=*&for=0.01", "", "", 200, "", false},
		{"observe the peers too", "GET", "/observe?keys=*&for=0.01&peers=true", "", "", 200, "", false},
		{"observe the peers, perhaps", "GET", "/observe?keys=*&for=0.01&peers=yes", "", "", 400, model.InvalidRequest, true},
		{"observe by the token in the URL", "GET", "/observe?keys=*&for=0.01&access_token=TOKEN", "Authorization: none", "", 200, "", false},
		{"observe nothing", "GET", "/observe", "", "", 400, model.InvalidRequest, true},
		{"observe for no time", "GET", "/observe?keys=*&for=soon", "", "", 400, model.InvalidRequest, true},
		{"leave by the token in the URL", "POST", "/leave?access_token=TOKEN", "Authorization: none", "", 204, "", false},
	}
}

func (c *contract) testCalls(t *testing.T) {
	server := serve(t, setup{})
	c.play(t, server, c.join(t, server, "").token, calls())
}

// play makes the calls. In header, path and body TOKEN stands for the token, which
// goes with every call that has no other, and ETAG for the ETag of the answer
// before; words are more of these, each with what it stands for behind it.
func (c *contract) play(t *testing.T, server, token string, calls []call, words ...string) {
	etag := ""
	for _, call := range calls {
		t.Run(call.name, func(t *testing.T) {
			fill := strings.NewReplacer(append(words, "TOKEN", token, "ETAG", etag)...).Replace
			path := "/rooms/standup" + call.path
			if strings.HasSuffix(call.path, "z") {
				path = call.path
			}
			request := newRequest(t, call.method, server+fill(path), token, fill(call.body))
			if name, value, ok := strings.Cut(call.header, ": "); ok {
				request.Header.Set(name, fill(value))
			}
			if request.Header.Get("Authorization") == "none" {
				request.Header.Del("Authorization")
			}
			response, body := c.exchange(t, request, call.malformed)
			etag = response.Header.Get("ETag")
			var problem struct{ Code model.Code }
			if call.code != "" {
				unmarshal(t, body, &problem)
			}
			if response.StatusCode != call.status || problem.Code != call.code {
				t.Errorf("got %d %s, want %d %s: %s", response.StatusCode, problem.Code, call.status, call.code, body)
			}
		})
	}
}

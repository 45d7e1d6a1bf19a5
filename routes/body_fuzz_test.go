package routes

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"session-store/model"
)

func FuzzIsJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"\u00e9\"\\"]}`, ` 1 `, `01`, `-`, `1.`, `1e`, `"\x"`, `"\ud800"`, "\"\x01\"", "\"\xff\"", `[1,]`, `{"a":1,}`,
		`{,}`, `[,]`, `nul`, `truee`, `{"a"}`, `{1:2}`, `"a`, `[`, ``, ` `, "\v1", `1 2`, `{"a":1}}`, "\ufeff1", `+1`, `.5`, `0x1`, `1_0`, `NaN`,
	} {
		f.Add([]byte(seed))
	}
	for _, deep := range []int{99, 100, 101, 9_999, 20_000} {
		f.Add([]byte(strings.Repeat("[", deep)))
		f.Add([]byte(strings.Repeat("[", deep) + strings.Repeat("]", deep)))
		f.Add([]byte(strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, want := isJSON(body), json.Valid(body); got != want {
			t.Errorf("isJSON(%q) is %v, encoding/json says %v", body, got, want)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"value": {"b":1e400}}`, `{"value":null}`, `{"Value":1}`, `{"value":1,"value":2}`, `{"v\u0061lue":1}`, `{}`, `[]`,
		`{"name":"Ann"}`, `{"name":null}`, `{"name":1}`, `{"name":"a","x":[{"y":","}]}`, "{\"value\":\"\xff\"}", `{"value":"\ud800"}`, `1e400`,
		`{"value":1,"ttl":30,"ephemeral":true}`, `{"value":1,"ttl":1e400}`, `{"ttl":null,"ephemeral":null}`, `{"name":"Ann","token":"a.b"}`,
		`{"set":{"a":{"b":1},"c":null},"remove":["d","d"]}`, `{"set":{"a":1,"\u0061":2}}`, `{"set":null,"remove":null}`, `{"set":[],"remove":[1]}`,
		`{"name":"\ud83d\ude00 \\ud800"}`, `{"name":"\ud800\ud83d\ude00"}`, `{"set":{"\udc00":1}}`, `{"set":{"a":"\ud800"},"remove":["\uD800\u0041"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var put model.PutBody
		if members := decoded(t, body, &put, map[string]any{"value": new(json.RawMessage), "ttl": new(float64), "ephemeral": new(bool)}); members != nil {
			if !bytes.Equal(put.Value, members["value"]) {
				t.Errorf("the value of %q is %q, want %q", body, put.Value, members["value"])
			}
			if put.Ephemeral != (string(members["ephemeral"]) == "true") || (put.TTL == nil) != (len(members["ttl"]) == 0 || string(members["ttl"]) == "null") {
				t.Errorf("%q is %+v", body, put)
			}
		}
		var joining model.JoinBody
		if members := decoded(t, body, &joining, map[string]any{"name": new(string), "token": new(string)}); members != nil {
			var name, token string
			_ = json.Unmarshal(members["name"], &name) // what is not there is empty
			_ = json.Unmarshal(members["token"], &token)
			if joining.Name != name || joining.Token != token {
				t.Errorf("%q is %+v, want %q and %q", body, joining, name, token)
			}
		}
		var patch model.PatchBody
		if members := decoded(t, body, &patch, map[string]any{"set": new(map[string]json.RawMessage), "remove": new([]string)}); members != nil {
			var set map[string]json.RawMessage
			_ = json.Unmarshal(members["set"], &set)
			if set != nil && len(set) != countMembers(members["set"]) {
				t.Errorf("%q is taken, with doubles", body)
			}
			if !maps.EqualFunc(patch.Set, set, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
				t.Errorf("the set of %q is %q, want %q", body, patch.Set, set)
			}
			var remove []string
			_ = json.Unmarshal(members["remove"], &remove)
			if !slices.Equal(patch.Remove, remove) {
				t.Errorf("%q removes %q, want %q", body, patch.Remove, remove)
			}
		}
	})
}

// decoded holds decode to what encoding/json by itself says of the body and of
// each member, which known has the types of. It gives the members when the body
// was taken.
func decoded(t *testing.T, body []byte, into any, known map[string]any) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	parsed := json.Unmarshal(body, &members) == nil && members != nil && utf8.Valid(body)
	right := parsed && len(members) == countMembers(body)
	for name, value := range members {
		kind, ok := known[name]
		right = right && ok && json.Unmarshal(value, kind) == nil
		if _, keyed := kind.(*map[string]json.RawMessage); right && keyed && value[0] == '{' {
			var inner map[string]json.RawMessage
			_ = json.Unmarshal(value, &inner) // it has just been done
			right = len(inner) == countMembers(value) && !anyHalf(namesIn(value))
		} else if _, free := kind.(*json.RawMessage); right && !free {
			right = !anyHalf([]string{string(value)})
		}
	}
	err := decode(body, into)
	if err == nil {
		if !right {
			t.Errorf("%q is taken", body)
		}
		return members
	}
	refusal := wantRefusal(t, err)
	switch {
	case refusal.Code != model.InvalidJSON && refusal.Code != model.InvalidRequest:
		t.Errorf("%q: %v", body, err)
	case refusal.Code == model.InvalidJSON && parsed, right:
		t.Errorf("%q is refused: %v", body, err)
	}
	return nil
}

// pairs and half are what a surrogate may and may not be, once there are no escaped
// backslashes.
var (
	pairs = regexp.MustCompile(`(?i)\\u(d[89ab]..\\ud[c-f]..)`)
	half  = regexp.MustCompile(`(?i)\\ud[89a-f]`)
)

func anyHalf(texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		return half.MatchString(pairs.ReplaceAllString(strings.ReplaceAll(text, `\\`, ""), ""))
	})
}

// namesIn are the names of an object that is valid, as they stand there.
func namesIn(object []byte) (names []string) {
	for decoder := json.NewDecoder(bytes.NewReader(object)); ; {
		before := decoder.InputOffset()
		token, err := decoder.Token()
		if _, isName := token.(string); isName {
			names = append(names, string(object[before:decoder.InputOffset()]))
			err = decoder.Decode(new(json.RawMessage))
		}
		if err != nil {
			return names // at its end
		}
	}
}

// countMembers counts those of an object that is valid, doubles too.
func countMembers(body []byte) int {
	depth, commas, quoted, escaped, empty := 0, 0, false, false, true
	for _, b := range body {
		if b == '"' && !escaped {
			quoted, empty = !quoted, false
		}
		escaped = quoted && b == '\\' && !escaped
		switch {
		case quoted:
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		case b == ',' && depth == 1:
			commas++
		}
	}
	if empty {
		return 0
	}
	return commas + 1
}

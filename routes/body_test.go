package routes

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"session-store/model"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name, body string
		value      string // as it was sent; empty: there is none
	}{
		{"value", `{"value": 1}`, "1"},
		{"no member", `{}`, ""},
		{"null is a value", `{"value":null}`, "null"},
		{"digits stay", `{"value":1e400}`, "1e400"},
		{"members in their order, white space as it was", `{"value":{"b": 1, "a":2}}`, `{"b": 1, "a":2}`},
		{"unknown members within the value", `{"value":{"Value":1,"x":1,"x":2}}`, `{"Value":1,"x":1,"x":2}`},
		{"escapes in the name", `{"\u0076alue":1}`, "1"},
		{"white space around", " \t\r\n{ \"value\" : 1 } \n", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body model.PutBody
			if err := decode([]byte(tt.body), &body); err != nil || string(body.Value) != tt.value {
				t.Errorf("decode = %q, %v, want %q", body.Value, err, tt.value)
			}
		})
	}
	var joining model.JoinBody
	if err := decode([]byte(`{"name":"Ann \u00e9"}`), &joining); err != nil || joining.Name != "Ann é" {
		t.Errorf("decode = %+v, %v", joining, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, body string
		code       model.Code
		field      string
	}{
		{"unknown member", `{"val":1}`, model.InvalidRequest, "val"},
		{"unknown beside known", `{"value":1,"x":2}`, model.InvalidRequest, "x"},
		{"capital", `{"Value":1}`, model.InvalidRequest, "Value"},
		{"all capitals", `{"VALUE":1}`, model.InvalidRequest, "VALUE"},
		{"letter that folds", "{\"\u017falue\":1}", model.InvalidRequest, "\u017falue"},
		{"empty name", `{"":1}`, model.InvalidRequest, ""},
		{"space in the name", `{"value ":1}`, model.InvalidRequest, "value "},
		{"twice", `{"value":1,"value":2}`, model.InvalidRequest, "value"},
		{"twice the same", `{"value":1,"value":1}`, model.InvalidRequest, "value"},
		{"twice, once with escapes", `{"value":1,"v\u0061lue":2}`, model.InvalidRequest, "value"},
		{"array", `[1]`, model.InvalidRequest, "-"},
		{"string", `"value"`, model.InvalidRequest, "-"},
		{"number", `1`, model.InvalidRequest, "-"},
		{"null", `null`, model.InvalidRequest, "-"},
		{"text", `value`, model.InvalidJSON, "-"},
		{"open object", `{"value":1`, model.InvalidJSON, "-"},
		{"open bracket", `{`, model.InvalidJSON, "-"},
		{"other bracket", `{"value":1]`, model.InvalidJSON, "-"},
		{"comma behind", `{"value":1,}`, model.InvalidJSON, "-"},
		{"comma before", `{,"value":1}`, model.InvalidJSON, "-"},
		{"no comma", `{"value":1 "x":1}`, model.InvalidJSON, "-"},
		{"no colon", `{"value" 1}`, model.InvalidJSON, "-"},
		{"no value", `{"value":}`, model.InvalidJSON, "-"},
		{"name without quotes", `{value:1}`, model.InvalidJSON, "-"},
		{"number as a name", `{1:1}`, model.InvalidJSON, "-"},
		{"object as a name", `{{}:1}`, model.InvalidJSON, "-"},
		{"leading zero", `{"value":01}`, model.InvalidJSON, "-"},
		{"two objects", `{"value":1}{"value":2}`, model.InvalidJSON, "-"},
		{"text behind", `{"value":1} x`, model.InvalidJSON, "-"},
		{"bracket behind", `{"value":1}}`, model.InvalidJSON, "-"},
		{"form", `value=1`, model.InvalidJSON, "-"},
		{"not UTF-8", "{\"value\":\"\xff\"}", model.InvalidJSON, "-"},
		{"not UTF-8 in a name", "{\"\xff\":1}", model.InvalidJSON, "-"},
		{"byte order mark", "\ufeff{}", model.InvalidJSON, "-"},
		{"nothing", "", model.InvalidJSON, "-"},
		{"too deep", `{"value":` + strings.Repeat("[", 100_000), model.InvalidJSON, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusal := wantRefusal(t, decode([]byte(tt.body), new(model.PutBody)))
			if refusal.Code != tt.code {
				t.Errorf("the error is %v, want %s", refusal, tt.code)
			}
			if tt.field != "-" && (len(refusal.Fields) != 1 || refusal.Fields[0].Field != tt.field) {
				t.Errorf("the fields at fault are %+v, want %q", refusal.Fields, tt.field)
			}
		})
	}
	for _, body := range []string{`{"name":1}`, `{"name":["Ann"]}`, `{"name":{}}`, `{"name":true}`} {
		refusal := wantRefusal(t, decode([]byte(body), new(model.JoinBody)))
		if refusal.Code != model.InvalidRequest || len(refusal.Fields) != 1 || refusal.Fields[0].Field != "name" {
			t.Errorf("%s: %v, %+v", body, refusal, refusal.Fields)
		}
	}
	long := wantRefusal(t, decode([]byte(`{"`+strings.Repeat("é", 5000)+`":1}`), new(model.PutBody)))
	if len(long.Detail) > 500 || !utf8.ValidString(long.Detail) {
		t.Errorf("the detail has %d bytes of what a stranger sent", len(long.Detail))
	}
}

func wantRefusal(t *testing.T, err error) *model.Error {
	t.Helper()
	var refusal *model.Error
	if !errors.As(err, &refusal) || refusal.Detail == "" {
		t.Fatalf("the error is %v", err)
	}
	return refusal
}

func TestReadBody(t *testing.T) {
	const limit = 10
	tests := []struct {
		name   string
		body   io.Reader
		header string // Content-Type
		want   string
		code   model.Code
		actual int
	}{
		{"none", nil, "", "", "", 0},
		{"none, of any type", nil, "text/plain", "", "", 0},
		{"empty", strings.NewReader(""), "text/plain", "", "", 0},
		{"at the limit", strings.NewReader("1234567890"), "application/json", "1234567890", "", 0},
		{"above the limit", strings.NewReader("12345678901"), "application/json", "", model.BodyTooLarge, 11},
		{"far above the limit", strings.NewReader(strings.Repeat("1", 1000)), "application/json", "", model.BodyTooLarge, 1000},
		{"in chunks, empty", chunks(""), "application/json", "", "", 0},
		{"in chunks, at the limit", chunks("1234567890"), "application/json", "1234567890", "", 0},
		{"in chunks, above the limit", chunks("12345678901"), "application/json", "", model.BodyTooLarge, 11},
		{"in chunks, far above", chunks(strings.Repeat("1", 1000)), "application/json", "", model.BodyTooLarge, 11},
		{"white space around", strings.NewReader(" \t{}\r\n"), "application/json", "{}", "", 0},
		{"only white space", strings.NewReader(" \r\n"), "application/json", "", "", 0},
		{"without a type", strings.NewReader("{}"), "", "{}", "", 0},
		{"as curl sends it", strings.NewReader("{}"), "application/x-www-form-urlencoded", "{}", "", 0},
		{"with a charset", strings.NewReader("{}"), "application/json; charset=utf-8", "{}", "", 0},
		{"type in capitals", strings.NewReader("{}"), "Application/JSON", "{}", "", 0},
		{"kind of JSON", strings.NewReader("{}"), "application/merge-patch+json", "{}", "", 0},
		{"plain text", strings.NewReader("{}"), "text/plain", "", model.UnsupportedMediaType, 0},
		{"form of parts", strings.NewReader("{}"), "multipart/form-data; boundary=x", "", model.UnsupportedMediaType, 0},
		{"other JSON", strings.NewReader("{}"), "text/json+x", "", model.UnsupportedMediaType, 0},
		{"type that is none", strings.NewReader("{}"), "json", "", model.UnsupportedMediaType, 0},
		{"other type, too large", strings.NewReader(strings.Repeat("1", 1000)), "text/plain", "", model.UnsupportedMediaType, 0},
		{"breaks off", chunks("12", io.ErrUnexpectedEOF), "", "", model.InvalidRequest, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPut, "/", tt.body)
			if tt.header != "" {
				r.Header.Set("Content-Type", tt.header)
			}
			got, err := readBody(httptest.NewRecorder(), r, limit)
			if string(got) != tt.want {
				t.Errorf("the body is %q, want %q", got, tt.want)
			}
			if tt.code == "" {
				if err != nil {
					t.Errorf("the error is %v", err)
				}
				return
			}
			refusal := wantRefusal(t, err)
			if refusal.Code != tt.code || refusal.Actual != tt.actual || tt.actual > 0 && refusal.Limit != limit {
				t.Errorf("the error is %v, limit %d, actual %d, want %s, %d, %d",
					refusal, refusal.Limit, refusal.Actual, tt.code, limit, tt.actual)
			}
		})
	}
}

// chunks is a body of unknown length, which may end in an error.
func chunks(text string, end ...error) io.Reader {
	readers := []io.Reader{strings.NewReader(text)}
	for _, err := range end {
		readers = append(readers, failing{err})
	}
	return io.MultiReader(readers...)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReadBodyRefusesEncodings(t *testing.T) {
	for encoding, ok := range map[string]bool{"gzip": false, "br": false, "identity": true} {
		r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader("{}"))
		r.Header.Set("Content-Encoding", encoding)
		if _, err := readBody(httptest.NewRecorder(), r, 10); (err == nil) != ok {
			t.Errorf("%s: %v", encoding, err)
		}
	}
}

// A client that gets its answer while it still sends often loses the answer.
func TestReadBodyDrainsWhatIsTooLarge(t *testing.T) {
	for name, body := range map[string]io.Reader{
		"known length": strings.NewReader(strings.Repeat("1", 1000)), "in chunks": chunks(strings.Repeat("1", 1000)),
	} {
		r := httptest.NewRequest(http.MethodPut, "/", body)
		_, err := readBody(httptest.NewRecorder(), r, 10)
		wantRefusal(t, err)
		if rest, _ := io.ReadAll(r.Body); len(rest) != 0 {
			t.Errorf("%s: %d bytes are left", name, len(rest))
		}
	}
}

// White space is that of JSON alone (RFC 8259, 2). A body of anything else is a
// body: as none, it would remove the key.
func TestReadBodyKeepsWhatIsNoWhiteSpaceOfJSON(t *testing.T) {
	for _, text := range []string{"\v", "\f", "\u0085", "\u00a0", "\u2028", "\u3000"} {
		body, err := readBody(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/", strings.NewReader(text)), 10)
		if err == nil && len(body) == 0 {
			t.Errorf("%q is read as no body", text)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"value": {"b":1e400}}`, `{"value":null}`, `{"Value":1}`, `{"value":1,"value":2}`, `{"v\u0061lue":1}`, `{}`, `[]`,
		`{"name":"Ann"}`, `{"name":null}`, `{"name":1}`, `{"name":"a","x":[{"y":","}]}`, "{\"value\":\"\xff\"}", `{"value":"\ud800"}`, `1e400`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var put model.PutBody
		if members := decoded(t, body, &put, "value"); members != nil && !bytes.Equal(put.Value, members["value"]) {
			t.Errorf("the value of %q is %q, want %q", body, put.Value, members["value"])
		}
		var joining model.JoinBody
		if members := decoded(t, body, &joining, "name"); members != nil {
			var name string
			if sent, ok := members["name"]; ok {
				if err := json.Unmarshal(sent, &name); err != nil {
					t.Errorf("%q is taken: %v", body, err)
				}
			}
			if joining.Name != name {
				t.Errorf("the name of %q is %q, want %q", body, joining.Name, name)
			}
		}
	})
}

// decoded holds decode to what encoding/json by itself says of the body, and
// gives the members when it was taken.
func decoded(t *testing.T, body []byte, into any, known string) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	parsed := json.Unmarshal(body, &members) == nil && members != nil && utf8.Valid(body)
	_, isThere := members[known]
	only := len(members) == 0 || len(members) == 1 && isThere
	err := decode(body, into)
	if err == nil {
		if !parsed || !only || len(members) != countMembers(body) {
			t.Errorf("%q is taken", body)
		}
		return members
	}
	refusal := wantRefusal(t, err)
	switch refusal.Code {
	case model.InvalidJSON:
		if parsed {
			t.Errorf("%q is refused: %v", body, err)
		}
	case model.InvalidRequest:
		isTyped := known == "name" && parsed && !bytes.HasPrefix(members[known], []byte(`"`))
		if parsed && only && len(members) == countMembers(body) && !isTyped {
			t.Errorf("%q is refused: %v", body, err)
		}
	default:
		t.Errorf("%q: %v", body, err)
	}
	return nil
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

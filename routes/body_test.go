package routes

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
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
	long := wantRefusal(t, decode([]byte(`{"`+strings.Repeat("é", 5000)+`":1}`), new(model.PutBody)))
	if len(long.Detail) > 500 || !utf8.ValidString(long.Detail) {
		t.Errorf("the detail has %d bytes of what a stranger sent", len(long.Detail))
	}
}

// What a member is of another type, and the doubles within a set.
func TestDecodeRefusesMembers(t *testing.T) {
	for _, tt := range []struct {
		body, field string
		into        any
	}{
		{`{"name":1}`, "name", new(model.JoinBody)},
		{`{"name":["Ann"]}`, "name", new(model.JoinBody)},
		{`{"name":{}}`, "name", new(model.JoinBody)},
		{`{"name":true}`, "name", new(model.JoinBody)},
		{`{"token":1}`, "token", new(model.JoinBody)},
		{`{"value":1,"ttl":"30"}`, "ttl", new(model.PutBody)},
		{`{"value":1,"ttl":1e400}`, "ttl", new(model.PutBody)},
		{`{"value":1,"ttl":[1]}`, "ttl", new(model.PutBody)},
		{`{"value":1,"ttl":1,"ttl":1}`, "ttl", new(model.PutBody)},
		{`{"value":1,"TTL":1}`, "TTL", new(model.PutBody)},
		{`{"value":1,"ephemeral":1}`, "ephemeral", new(model.PutBody)},
		{`{"value":1,"ephemeral":"true"}`, "ephemeral", new(model.PutBody)},
		{`{"set":["a"]}`, "set", new(model.PatchBody)},
		{`{"set":"a"}`, "set", new(model.PatchBody)},
		{`{"set":{"a":1,"a":1}}`, "a", new(model.PatchBody)},
		{`{"set":{"a":1,"\u0061":1}}`, "a", new(model.PatchBody)},
		{`{"set":{},"set":{}}`, "set", new(model.PatchBody)},
		{`{"set":{},"Remove":[]}`, "Remove", new(model.PatchBody)},
		{`{"remove":"a"}`, "remove", new(model.PatchBody)},
		{`{"remove":["a","\ud800"]}`, "remove", new(model.PatchBody)},
		{`{"set":{"\ud800x":1}}`, "set", new(model.PatchBody)},
		{`{"name":"\uDC00"}`, "name", new(model.JoinBody)},
		{`{"remove":{"a":1}}`, "remove", new(model.PatchBody)},
	} {
		refusal := wantRefusal(t, decode([]byte(tt.body), tt.into))
		if refusal.Code != model.InvalidRequest || len(refusal.Fields) != 1 || refusal.Fields[0].Field != tt.field {
			t.Errorf("%s: %v, %+v", tt.body, refusal, refusal.Fields)
		}
	}
	refusal := wantRefusal(t, decode([]byte(`{"remove":["a",1]}`), new(model.PatchBody)))
	if refusal.Code != model.InvalidRequest || !strings.HasPrefix(refusal.Fields[0].Field, "remove") {
		t.Errorf("%v, %+v", refusal, refusal.Fields)
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
		{"white space around", strings.NewReader(" \t{}\r\n"), "application/json", " \t{}\r\n", "", 0},
		{"only white space", strings.NewReader(" \r\n"), "application/json", " \r\n", "", 0},
		{"without a type", strings.NewReader("{}"), "", "{}", "", 0},
		{"as curl sends it", strings.NewReader("{}"), "application/x-www-form-urlencoded", "{}", "", 0},
		{"with a charset", strings.NewReader("{}"), "application/json; charset=utf-8", "{}", "", 0},
		{"type in capitals", strings.NewReader("{}"), "Application/JSON", "{}", "", 0},
		{"kind of JSON", strings.NewReader("{}"), "application/merge-patch+json", "", model.UnsupportedMediaType, 0},
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

// A PUT without a ttl is not shown to the validator.
func TestOnlyTheTTLOfAPutHasTags(t *testing.T) {
	for field := range reflect.TypeFor[model.PutBody]().Fields() {
		if _, tagged := field.Tag.Lookup("validate"); tagged != (field.Name == "TTL") {
			t.Errorf("%s: call.body does not expect that", field.Name)
		}
	}
}

// fieldOf says again what the tags say.
func TestFieldOfKnowsEachMember(t *testing.T) {
	for _, body := range []any{new(model.PutBody), new(model.JoinBody), new(model.PatchBody)} {
		value := reflect.ValueOf(body).Elem()
		for i := range value.NumField() {
			name := value.Type().Field(i).Tag.Get("json")
			if got, want := fieldOf(body, name), value.Field(i).Addr().Interface(); got != want {
				t.Errorf("%s of %T is at %p, want %p", name, body, got, want)
			}
		}
		if fieldOf(body, "Value") != nil {
			t.Errorf("%T has a member that it has not", body)
		}
	}
}

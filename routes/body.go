package routes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"session-store/model"
)

// maxDrain is how much of a body that is too large is read and thrown away. A
// client that gets its answer while it still sends often sees a broken
// connection in the place of the answer.
const maxDrain = 16 << 20

// readBody reads a body of JSON, at most limit bytes; nil if there is none.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if err := checkMediaType(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > int64(limit) {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		return nil, model.TooLarge(limit, int(r.ContentLength))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		return nil, model.TooLarge(limit, limit+1)
	}
	if err != nil {
		return nil, badBody(fmt.Sprintf("broke off after %d bytes", len(body)))
	}
	return body, nil
}

// checkMediaType lets through what is JSON, and what curl sends when nobody has
// told it what it sends.
func checkMediaType(header http.Header) error {
	if encoding := header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return model.Errorf(model.UnsupportedMediaType, "a body is sent as it is here, without Content-Encoding %.50q", encoding)
	}
	text := header.Get("Content-Type")
	if text == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(text)
	isJSON := kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
	if err != nil || !isJSON && kind != "application/x-www-form-urlencoded" {
		return model.Errorf(model.UnsupportedMediaType, "a body is application/json here, not %.100q", text)
	}
	return nil
}

// decode reads an object into a struct, strictly: encoding/json by itself takes
// "Value" for "value", the second of two equal names, and unknown ones, so that a
// typo would remove a key.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) { // RFC 8259, 8.1
		return model.Errorf(model.InvalidJSON, "the body is not UTF-8")
	}
	members, err := membersOf(body)
	if err != nil {
		return err
	}
	if err := checkMembers(members, fieldsOf(into)); err != nil {
		return err
	}
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(body, into); errors.As(err, &wrongType) {
		return model.InvalidFields(model.FieldError{Field: wrongType.Field, Detail: "is not a " + wrongType.Type.String()})
	} else if err != nil {
		return invalidJSON(err)
	}
	return nil
}

// member is one of an object's.
type member struct {
	name  string
	value json.RawMessage
}

// membersOf are those of the one object that body must be.
func membersOf(body []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // 1e400 is a number of JSON, if not of Go
	token, err := decoder.Token()
	if err != nil {
		return nil, invalidJSON(err)
	}
	if token != json.Delim('{') {
		return nil, badBody("is an object, in curly brackets")
	}
	var members []member
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, invalidJSON(err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, invalidJSON(err)
		}
		members = append(members, member{name.(string), value}) // in an object, the decoder gives no other
	}
	if _, err := decoder.Token(); err != nil {
		return nil, invalidJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, model.Errorf(model.InvalidJSON, "there is more behind the object")
	}
	return members, nil
}

// checkMembers refuses what is not known and what stands there twice, in the
// object and in those of its members that are keyed by the caller.
func checkMembers(members []member, fields map[string]reflect.Kind) error {
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		kind, known := fields[m.name]
		if fields != nil && !known {
			return model.InvalidFields(model.FieldError{Field: clip(m.name), Detail: "there is no such member here"})
		}
		if seen[m.name] {
			return model.InvalidFields(model.FieldError{Field: clip(m.name), Detail: "stands there twice"})
		}
		seen[m.name] = true
		if kind != reflect.Map || m.value[0] != '{' {
			continue
		}
		inner, err := membersOf(m.value)
		if err != nil {
			return err
		}
		if err := checkMembers(inner, nil); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf are the members that a struct takes, and their kinds.
func fieldsOf(into any) map[string]reflect.Kind {
	t := reflect.TypeOf(into).Elem()
	fields := make(map[string]reflect.Kind, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields[name] = t.Field(i).Type.Kind()
	}
	return fields
}

func badBody(detail string) error {
	return model.InvalidFields(model.FieldError{Field: "body", Detail: detail})
}

func invalidJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return model.Errorf(model.InvalidJSON, "the body is not JSON: it breaks off")
	}
	return model.Errorf(model.InvalidJSON, "the body is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// clip keeps a name that a stranger chose from filling an answer or a log.
func clip(text string) string {
	if len(text) <= 100 {
		return text
	}
	return strings.ToValidUTF8(text[:100], "") + "…"
}

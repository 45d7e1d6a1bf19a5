package routes

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"session-store/model"
)

// decode reads an object into a struct, strictly: encoding/json by itself takes
// "Value" for "value", the second of two equal names, and unknown ones, so that a
// typo would remove a key.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) { // RFC 8259, 8.1
		return model.Errorf(model.InvalidJSON, "the body is not UTF-8")
	}
	if !isJSON(body) {
		return invalidJSON(json.Unmarshal(body, new(any)))
	}
	body = bytes.Trim(body, whiteSpace)
	if body[0] != '{' {
		return badBody("is an object, in curly brackets")
	}
	seen := make([]any, 0, 4) // no body of ours has more members
	for quoted, value := range members(body) {
		name := nameOf(quoted)
		field := fieldOf(into, name)
		switch {
		case field == nil:
			return model.InvalidFields(model.FieldError{Field: clip(name), Detail: "there is no such member here"})
		case slices.Contains(seen, field):
			return standsTwice(name)
		}
		seen = append(seen, field)
		if err := decodeField(field, name, value); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf is the address of the field that a member goes to, nil if there is none. It says
// again what the tags of the bodies say: to look there takes longer than all else that is
// done with a member.
func fieldOf(body any, name string) any {
	switch to := body.(type) {
	case *model.PutBody:
		switch name {
		case "value":
			return &to.Value
		case "ttl":
			return &to.TTL
		case "ephemeral":
			return &to.Ephemeral
		}
	case *model.JoinBody:
		switch name {
		case "name":
			return &to.Name
		case "token":
			return &to.Token
		}
	case *model.PatchBody:
		switch name {
		case "set":
			return &to.Set
		case "remove":
			return &to.Remove
		}
	}
	return nil
}

// manyBrackets is more than values have that people make.
const manyBrackets = 100

// isJSON is json.Valid, which takes four times as long: a tenth of a write. But what is
// nested deep is left to it: it takes no more memory for that, where a body of 9 KB would
// have the other one's stack grow to 1 MiB, and it has a bound.
func isJSON(body []byte) bool {
	if bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) > manyBrackets {
		return json.Valid(body)
	}
	return gjson.ValidBytes(body)
}

func standsTwice(name string) error {
	return model.InvalidFields(model.FieldError{Field: clip(name), Detail: "stands there twice"})
}

func decodeField(field any, name string, value []byte) error {
	switch to := field.(type) {
	case *json.RawMessage:
		*to = value
		return nil
	case *map[string]json.RawMessage:
		if err := checkNames(name, value); err != nil {
			return err
		}
	default:
		if hasHalf(value) {
			return halfCharacter(name)
		}
	}
	var wrongType *json.UnmarshalTypeError
	err := json.Unmarshal(value, field)
	if errors.As(err, &wrongType) {
		return model.InvalidFields(model.FieldError{Field: name, Detail: "is not " + typeNames[wrongType.Type.Kind()]})
	}
	if err != nil {
		return invalidJSON(err)
	}
	return nil
}

// checkNames finds a member of an object that stands there twice, or whose name is no text.
func checkNames(field string, value []byte) error {
	if value[0] != '{' {
		return nil
	}
	seen := make(map[string]bool)
	for quoted := range members(value) {
		if hasHalf(quoted) {
			return halfCharacter(field)
		}
		name := nameOf(quoted)
		if seen[name] {
			return standsTwice(name)
		}
		seen[name] = true
	}
	return nil
}

func halfCharacter(field string) error {
	return model.InvalidFields(model.FieldError{Field: field, Detail: `has half a character, an escape like \ud800 that is no part of a pair`})
}

// typeNames are the types of our bodies in the words of JSON.
var typeNames = map[reflect.Kind]string{
	reflect.String:  "a string",
	reflect.Float64: "a number, or too large a one",
	reflect.Bool:    "true or false",
	reflect.Slice:   "a list of strings",
	reflect.Map:     "an object",
}

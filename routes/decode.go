package routes

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"unicode/utf8"

	"session-store/model"
)

// decode reads an object into a struct, strictly: encoding/json by itself takes
// "Value" for "value", the second of two equal names, and unknown ones, so that a
// typo would remove a key.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) { // RFC 8259, 8.1
		return model.Errorf(model.InvalidJSON, "the body is not UTF-8")
	}
	if !json.Valid(body) {
		return invalidJSON(json.Unmarshal(body, new(any)))
	}
	body = bytes.Trim(body, whiteSpace)
	if body[0] != '{' {
		return badBody("is an object, in curly brackets")
	}
	target := reflect.ValueOf(into).Elem()
	var seen uint64
	for name, value := range members(body) {
		index := fieldOf(target.Type(), name)
		switch {
		case index < 0:
			return model.InvalidFields(model.FieldError{Field: clip(name), Detail: "there is no such member here"})
		case seen&(1<<index) != 0:
			return standsTwice(name)
		}
		seen |= 1 << index
		if err := decodeField(target.Field(index), name, value); err != nil {
			return err
		}
	}
	return nil
}

func standsTwice(name string) error {
	return model.InvalidFields(model.FieldError{Field: clip(name), Detail: "stands there twice"})
}

// fieldOf is the index of the field with the name in its tag, where nothing else stands
// in our bodies; or -1. They have so few that looking is quicker than remembering.
func fieldOf(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("json") == name {
			return i
		}
	}
	return -1
}

func decodeField(field reflect.Value, name string, value []byte) error {
	if field.Type() == reflect.TypeFor[json.RawMessage]() {
		field.SetBytes(value)
		return nil
	}
	if field.Kind() == reflect.Map && value[0] == '{' {
		seen := make(map[string]bool)
		for inner := range members(value) {
			if seen[inner] {
				return standsTwice(inner)
			}
			seen[inner] = true
		}
	}
	var wrongType *json.UnmarshalTypeError
	err := json.Unmarshal(value, field.Addr().Interface())
	if errors.As(err, &wrongType) {
		return model.InvalidFields(model.FieldError{Field: name, Detail: "is not " + typeNames[wrongType.Type.Kind()]})
	}
	if err != nil {
		return invalidJSON(err)
	}
	return nil
}

// typeNames are the types of our bodies in the words of JSON.
var typeNames = map[reflect.Kind]string{
	reflect.String:  "a string",
	reflect.Float64: "a number, or too large a one",
	reflect.Bool:    "true or false",
	reflect.Slice:   "a list of strings",
	reflect.Map:     "an object",
}

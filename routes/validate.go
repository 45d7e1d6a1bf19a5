package routes

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-playground/validator/v10"

	"session-store/model"
)

// checks are our own validations: a tag, and the rule of the contract behind it.
var checks = map[string]func(string) error{
	"room":    model.CheckRoom,
	"key":     model.CheckKey,
	"pattern": model.CheckPattern,
}

// newValidator knows the tags of the bodies in model.
func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(field reflect.StructField) string { return field.Tag.Get("json") })
	for tag, check := range checks {
		valid := func(field validator.FieldLevel) bool { return check(field.Field().String()) == nil }
		if err := v.RegisterValidation(tag, valid); err != nil {
			panic(err) // only an empty tag is refused
		}
	}
	return v
}

// maxFaults is how many fields an error names. A body of 128 KiB can have 32,000 keys
// that are wrong: to name them all took 3.5 MB.
const maxFaults = 10

// validate holds a struct to its tags; the error names the fields at fault.
func (a *api) validate(body any) error {
	err := a.validator.Struct(body)
	if err == nil {
		return nil
	}
	var faults validator.ValidationErrors
	if !errors.As(err, &faults) {
		return err
	}
	fields := make([]model.FieldError, min(len(faults), maxFaults))
	for i := range fields {
		fields[i] = model.FieldError{Field: faults[i].Field(), Detail: sentence(faults[i])}
	}
	return model.InvalidFields(fields...)
}

func sentence(fault validator.FieldError) string {
	if check := checks[fault.Tag()]; check != nil {
		return check(fault.Value().(string)).Error()
	}
	switch fault.Tag() {
	case "gt":
		return "is more than " + fault.Param()
	case "lte":
		return "is at most " + fault.Param()
	}
	if fault.Kind() == reflect.String {
		return fmt.Sprintf("at most %s characters", fault.Param())
	}
	return fmt.Sprintf("at most %s of them", fault.Param())
}

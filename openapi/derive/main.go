// Command derive makes the OpenAPI 3 document out of what swag has read from the
// annotations. It runs in the root of the project, by go generate.
//
//	docs/swagger.json ──▶ convert ──▶ adapt ──────────▶ merge ──▶ check ──▶ openapi/openapi.json
//	                                  what holds for      ▲
//	                                  every answer        └── openapi/overlay.json: what holds for one
//
// Swagger 2 has one list of media types for all answers of an operation, no bearer
// tokens, no null and no choice in security; adapt and the overlay say these.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "derive: error:", err)
		os.Exit(1)
	}
}

func run() error {
	swagger, err := os.ReadFile("docs/swagger.json")
	if err != nil {
		return err
	}
	overlay, err := os.ReadFile("openapi/overlay.json")
	if err != nil {
		return err
	}
	document, err := derive(swagger, overlay)
	if err != nil {
		return err
	}
	return os.WriteFile("openapi/openapi.json", document, 0o644)
}

// derive is a pure function: the same two files give the same bytes.
func derive(swagger, overlay []byte) ([]byte, error) {
	var old openapi2.T
	if err := json.Unmarshal(swagger, &old); err != nil {
		return nil, fmt.Errorf("read swagger.json: %w", err)
	}
	document, err := openapi2conv.ToV3(&old)
	if err != nil {
		return nil, fmt.Errorf("convert swagger.json: %w", err)
	}
	if err := copyExamples(document, swagger); err != nil {
		return nil, err
	}
	if err := adapt(document); err != nil {
		return nil, err
	}
	converted, err := document.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode the converted document: %w", err)
	}
	merged, err := jsonpatch.MergePatch(converted, overlay) // RFC 7396
	if err != nil {
		return nil, fmt.Errorf("merge overlay.json: %w", err)
	}
	if err := check(merged); err != nil {
		return nil, fmt.Errorf("check the merged document: %w", err)
	}
	return pretty(merged)
}

// copyExamples gives parameters their examples, which Swagger UI fills its forms
// with. Swagger 2 has none there, so the converter throws them away.
func copyExamples(document *openapi3.T, swagger []byte) error {
	var old struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				In, Name string
				Example  any
			}
		}
	}
	if err := json.Unmarshal(swagger, &old); err != nil {
		return fmt.Errorf("read the examples of swagger.json: %w", err)
	}
	for path, item := range old.Paths {
		for method, operation := range item {
			parameters := document.Paths.Value(path).GetOperation(strings.ToUpper(method)).Parameters
			for _, parameter := range operation.Parameters {
				if kept := parameters.GetByInAndName(parameter.In, parameter.Name); kept != nil { // a body is none
					kept.Example = parameter.Example
				}
			}
		}
	}
	return nil
}

// adapt does what follows from the status and the schema of an answer.
func adapt(document *openapi3.T) error {
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				if !keepOwnMedia(response.Value.Content) {
					return fmt.Errorf("%s %s: no media type of @Produce is one for the answer %s", method, path, status)
				}
				addHeaders(response.Value, status)
			}
		}
	}
	return nil
}

// keepOwnMedia leaves an answer its own media type: a problem is never
// application/json, and nothing else is application/problem+json. It reports
// whether there is one left, where there was one.
func keepOwnMedia(content openapi3.Content) bool {
	before := len(content)
	maps.DeleteFunc(content, func(mime string, media *openapi3.MediaType) bool {
		isProblem := media.Schema.Ref == "#/components/schemas/Problem"
		return isProblem != (mime == "application/problem+json")
	})
	return before == 0 || len(content) > 0
}

// addHeaders adds the headers that go with a status wherever it is given. A
// header that is documented is always sent.
func addHeaders(response *openapi3.Response, status string) {
	if response.Headers == nil {
		response.Headers = openapi3.Headers{}
	}
	switch status {
	case "401":
		response.Headers["WWW-Authenticate"] = header("Bearer", openapi3.NewStringSchema())
	case "429", "503":
		response.Headers["Retry-After"] = header("seconds to wait before trying again", openapi3.NewIntegerSchema())
	}
	for _, ref := range response.Headers {
		ref.Value.Required = true
	}
}

func header(description string, schema *openapi3.Schema) *openapi3.HeaderRef {
	return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{
		Description: description, Schema: schema.NewRef(),
	}}}
}

// check holds the document to the standard, its examples too.
func check(document []byte) error {
	loader := openapi3.NewLoader()
	parsed, err := loader.LoadFromData(document)
	if err != nil {
		return err
	}
	return parsed.Validate(context.Background(), openapi3.EnableExamplesValidation())
}

// pretty sorts the members and puts each on a line, so that a difference between
// two documents is one that somebody made.
func pretty(document []byte) ([]byte, error) {
	var members any
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(members) // ends with a line end
	return out.Bytes(), err
}

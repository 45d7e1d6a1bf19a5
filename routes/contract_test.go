package routes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"session-store/openapi"
)

// contract holds requests and answers to openapi.json, and remembers which
// documented answers it has seen.
//
//	request ──▶ checkRequest ──▶ server ──▶ checkAnswer ──▶ seen ──▶ unseen
type contract struct {
	doc    *openapi3.T
	router routers.Router
	seen   map[string]bool
}

func newContract(t *testing.T) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Clients are to pass over members that they do not know; here one that is
	// not documented is a mistake.
	for _, schema := range doc.Components.Schemas {
		if len(schema.Value.Properties) > 0 {
			schema.Value.AdditionalProperties.Has = new(false)
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
	return &contract{doc: doc, router: router, seen: make(map[string]bool)}
}

// exchange sends a request and holds both ways to the document. malformed says
// that the document itself forbids the request.
func (c *contract) exchange(t *testing.T, request *http.Request, malformed bool) (*http.Response, []byte) {
	t.Helper()
	input := c.checkRequest(t, request, malformed)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	c.checkAnswer(t, input, response, body)
	return response, body
}

func (c *contract) checkRequest(t *testing.T, request *http.Request, malformed bool) *openapi3filter.RequestValidationInput {
	t.Helper()
	route, params, err := c.router.FindRoute(request)
	if err != nil {
		t.Fatalf("%s %s is not documented: %v", request.Method, request.URL.Path, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request, Route: route, PathParams: params,
		Options: &openapi3filter.Options{AuthenticationFunc: checkToken, SkipSettingDefaults: true},
	}
	err = openapi3filter.ValidateRequest(request.Context(), input)
	if malformed && err == nil {
		t.Errorf("the document allows %s %s", request.Method, request.URL)
	}
	if !malformed && err != nil {
		t.Errorf("the document forbids %s %s: %v", request.Method, request.URL, err)
	}
	return input
}

// wantsToken reports whether the operation cannot be called without one.
func (c *contract) wantsToken(operation *openapi3.Operation) bool {
	security := c.doc.Security
	if operation.Security != nil {
		security = *operation.Security
	}
	return len(security) > 0 && !slices.ContainsFunc(security, func(one openapi3.SecurityRequirement) bool { return len(one) == 0 })
}

// checkToken reports whether there is a token in the header, or in the query where
// the operation documents it.
func checkToken(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	request, operation := input.RequestValidationInput.Request, input.RequestValidationInput.Route.Operation
	switch {
	case strings.HasPrefix(request.Header.Get("Authorization"), "Bearer "):
		return nil
	case operation.Parameters.GetByInAndName("query", "access_token") != nil && request.URL.Query().Has("access_token"):
		return nil
	}
	return errors.New("no token")
}

func (c *contract) checkAnswer(t *testing.T, input *openapi3filter.RequestValidationInput, response *http.Response, body []byte) {
	t.Helper()
	operation := input.Route.Method + " " + input.Route.Path
	documented := input.Route.Operation.Responses.Status(response.StatusCode)
	if documented == nil {
		t.Fatalf("%s: %d is not documented: %s", operation, response.StatusCode, body)
	}
	c.seen[fmt.Sprint(operation, " ", response.StatusCode)] = true
	err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: response.StatusCode, Header: response.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s: %v", operation, err)
	}
	// What follows the validator takes no care of: it passes over answers without
	// content, and over 304 altogether.
	for name := range documented.Value.Headers {
		if response.Header.Get(name) == "" {
			t.Errorf("%s: %d without %s", operation, response.StatusCode, name)
		}
	}
	kind := response.Header.Get("Content-Type")
	if len(documented.Value.Content) == 0 && (len(body) > 0 || kind != "") {
		t.Errorf("%s: %d has content, %q: %s", operation, response.StatusCode, kind, body)
	}
	if kind == "text/event-stream" {
		c.checkEvents(t, string(body))
	}
}

// unseen are the documented answers that no exchange has had.
func (c *contract) unseen() []string {
	var unseen []string
	c.each(func(method, path string, operation *openapi3.Operation) {
		for _, status := range slices.Sorted(maps.Keys(operation.Responses.Map())) {
			if answer := method + " " + path + " " + status; !c.seen[answer] {
				unseen = append(unseen, answer)
			}
		}
	})
	return unseen
}

// each goes through the documented operations, always in the same order.
func (c *contract) each(visit func(method, path string, operation *openapi3.Operation)) {
	for _, path := range c.doc.Paths.InMatchingOrder() {
		operations := c.doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			visit(method, path, operations[method])
		}
	}
}

// sample is a request made of the examples of the required parameters and of the
// body, as Swagger UI would fill them in, in a room of our choice.
func sample(t *testing.T, server, room, method, path string, operation *openapi3.Operation) *http.Request {
	t.Helper()
	query := url.Values{}
	path = strings.ReplaceAll(path, "{room}", url.PathEscape(room))
	for _, ref := range operation.Parameters {
		parameter := ref.Value
		example := fmt.Sprint(parameter.Example)
		switch {
		case parameter.In == openapi3.ParameterInPath:
			path = strings.ReplaceAll(path, "{"+parameter.Name+"}", url.PathEscape(example))
		case parameter.In == openapi3.ParameterInQuery && parameter.Required:
			query.Set(parameter.Name, example)
		}
	}
	body := ""
	if ref := operation.RequestBody; ref != nil && ref.Value.Required {
		example, err := json.Marshal(ref.Value.Content.Get("application/json").Schema.Value.Example)
		if err != nil {
			t.Fatal(err)
		}
		body = string(example)
	}
	return newRequest(t, method, server+path+"?"+query.Encode(), "", body)
}

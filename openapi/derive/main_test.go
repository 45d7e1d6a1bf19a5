package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestDocumentIsFresh(t *testing.T) {
	swagger, overlay, document := read(t, "docs/swagger.json"), read(t, "openapi/overlay.json"), read(t, "openapi/openapi.json")
	for range 3 { // maps have another order each time
		derived, err := derive(swagger, overlay)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(derived, document) {
			t.Fatal("openapi.json is not what derive makes: run go generate")
		}
	}
}

func TestDeriveRefuses(t *testing.T) {
	swagger := string(read(t, "docs/swagger.json"))
	overlay := string(read(t, "openapi/overlay.json"))
	for _, test := range []struct{ name, swagger, overlay, want string }{
		{"no swagger", "{", overlay, "read swagger.json"},
		{"no overlay", swagger, "{", "merge overlay.json"},
		{
			"an operation that produces no problems",
			strings.ReplaceAll(swagger, `"application/problem+json"`, `"application/xml"`), overlay, "no media type",
		},
		{
			"an overlay for an operation that is no more",
			swagger, `{"paths": {"/gone": {"get": {"description": "a stale text"}}}}`, "check the merged document",
		},
		{
			"an example that is none",
			swagger, `{"components": {"schemas": {"Health": {"properties": {"status": {"example": 1}}}}}}`, "check the merged document",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := derive([]byte(test.swagger), []byte(test.overlay))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

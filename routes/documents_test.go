package routes_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/openapi"
	"session-store/room"
	"session-store/routes"
)

// TestDocuments compares what is routed with the three documents that tell of it.
func TestDocuments(t *testing.T) {
	routed := routedOperations(t)
	// What needs no description of its parts.
	around := []string{"GET /", "GET /assets/{file}", "GET /metrics", "GET /openapi.json", "GET /swagger", "GET /swagger/{any}"}
	api := slices.DeleteFunc(slices.Clone(routed), func(operation string) bool { return slices.Contains(around, operation) })

	t.Run("swagger", func(t *testing.T) {
		same(t, documentedOperations(t, read(t, "../docs/swagger.json")), api)
	})
	t.Run("openapi", func(t *testing.T) {
		same(t, documentedOperations(t, openapi.JSON), api)
	})
	t.Run("postman", func(t *testing.T) {
		var called []string
		for _, request := range goodRequests(t) {
			operation, ok := operationOf(request, routed)
			if !ok {
				t.Errorf("%q: %s %s is not routed", request.name, request.method, request.path)
			}
			called = append(called, operation)
		}
		for _, operation := range api {
			if !slices.Contains(called, operation) {
				t.Errorf("%s is not called", operation)
			}
		}
	})
}

// routedOperations are the routes as the documents write them. HEAD goes with
// each GET, and is documented nowhere.
func routedOperations(t *testing.T) []string {
	t.Helper()
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	t.Cleanup(rooms.Close)
	parameter := regexp.MustCompile(`[:*](\w+)`)
	var operations []string
	for _, route := range routes.Routes(routes.Config{Rooms: rooms}) {
		if route.Method != "HEAD" {
			operations = append(operations, route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}"))
		}
	}
	slices.Sort(operations)
	return operations
}

// documentedOperations are those of a Swagger 2 or an OpenAPI 3 document.
func documentedOperations(t *testing.T, document []byte) []string {
	t.Helper()
	var members struct {
		Paths map[string]map[string]any
	}
	unmarshal(t, document, &members)
	var operations []string
	for path, item := range members.Paths {
		for method := range item {
			operations = append(operations, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(operations)
	return operations
}

// postmanRequest is one request of a collection. Path has segments as they
// stand there, variables like {{key}} included.
type postmanRequest struct {
	name, method, path string
}

// goodRequests are those of both collections outside of the folder of bad inputs,
// which may call what is not there.
func goodRequests(t *testing.T) []postmanRequest {
	t.Helper()
	type item struct {
		Name    string
		Item    json.RawMessage // of a folder
		Request struct {
			Method string
			URL    struct{ Path []string }
		}
	}
	var requests []postmanRequest
	var walk func(list json.RawMessage)
	walk = func(list json.RawMessage) {
		var items []item
		unmarshal(t, list, &items)
		for _, item := range items {
			switch {
			case item.Item == nil:
				path := "/" + strings.Join(item.Request.URL.Path, "/")
				requests = append(requests, postmanRequest{item.Name, item.Request.Method, path})
			case item.Name != "Bad inputs":
				walk(item.Item)
			}
		}
	}
	for _, name := range []string{"session-store", "session-store-jwt"} {
		var collection struct{ Item json.RawMessage }
		unmarshal(t, read(t, "../postman/"+name+".postman_collection.json"), &collection)
		walk(collection.Item)
	}
	return requests
}

// operationOf finds the operation that a request calls: its path has the same
// segments, and anything in the place of a parameter; {any} takes the rest.
func operationOf(request postmanRequest, operations []string) (operation string, ok bool) {
	for _, operation := range operations {
		template := regexp.QuoteMeta(operation)
		template = strings.ReplaceAll(template, `\{any\}`, `.*`)
		template = regexp.MustCompile(`\\{\w+\\}`).ReplaceAllString(template, `[^/]+`)
		if regexp.MustCompile("^" + template + "$").MatchString(request.method + " " + request.path) {
			return operation, true
		}
	}
	return "", false
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	for _, operation := range want {
		if !slices.Contains(got, operation) {
			t.Errorf("%s is routed and not documented", operation)
		}
	}
	for _, operation := range got {
		if !slices.Contains(want, operation) {
			t.Errorf("%s is documented and not routed", operation)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

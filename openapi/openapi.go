// Package openapi holds the OpenAPI 3 document of the program.
//
//	annotations in routes ── swag ──▶ docs/swagger.json ── derive ──▶ openapi.json
//
// Run make generate after a change of an annotation; never edit openapi.json.
package openapi

import _ "embed"

// JSON is the document, as it is served at /openapi.json.
//
//go:embed openapi.json
var JSON []byte

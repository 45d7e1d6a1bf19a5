// Package demo holds the page that the program serves at its root: what this is,
// and a room to try it in.
package demo

import _ "embed"

// Page is the whole page, in HTML: it loads nothing else.
//
//go:embed index.html
var Page []byte

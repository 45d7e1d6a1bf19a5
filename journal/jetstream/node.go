package jetstream

import (
	"crypto/rand"
	"strings"
)

// newNode is a name for this process, never used before: letters and digits, since
// it stands in subjects and in records.
func newNode() string { return strings.ToLower(rand.Text()[:16]) }

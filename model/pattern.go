package model

import (
	"fmt"
	"slices"
	"strings"
)

// CheckPattern reports whether pattern is a key, a prefix followed by "*", or
// "*". The error is a sentence for the caller.
func CheckPattern(pattern string) error {
	prefix, found := strings.CutSuffix(pattern, "*")
	if !found {
		return CheckKey(pattern)
	}
	if len(prefix) > MaxKeyBytes {
		return fmt.Errorf("a prefix is at most %d bytes, this is %d", MaxKeyBytes, len(prefix))
	}
	return checkText(prefix)
}

// Keys is a set of keys, written as patterns: "spotlight", "hand.*", "*".
// The zero value is empty. It does not change once it is made.
type Keys struct {
	all      bool
	exact    []string // sorted: each stream has its own, and a map takes more room
	prefixes []string
}

// AllKeys is the set that "*" stands for.
func AllKeys() Keys { return Keys{all: true} }

// All reports whether every key is in the set.
func (k Keys) All() bool { return k.all }

// NewKeys makes the set of the patterns, each of which passes [CheckPattern].
func NewKeys(patterns []string) Keys {
	var keys Keys
	for _, pattern := range patterns {
		prefix, isPrefix := strings.CutSuffix(pattern, "*")
		switch {
		case !isPrefix:
			keys.exact = append(keys.exact, pattern)
		case prefix == "":
			keys.all = true
		case !slices.Contains(keys.prefixes, prefix):
			keys.prefixes = append(keys.prefixes, prefix)
		}
	}
	slices.Sort(keys.exact)
	return keys
}

// Patterns are those that make the set, in the order of their names: NewKeys of
// them is the set again.
func (k Keys) Patterns() []string {
	patterns := slices.Clone(k.exact)
	for _, prefix := range k.prefixes {
		patterns = append(patterns, prefix+"*")
	}
	if k.all {
		patterns = append(patterns, "*")
	}
	slices.Sort(patterns)
	return patterns
}

// Match reports whether key is in the set.
func (k Keys) Match(key string) bool {
	if k.all {
		return true
	}
	if _, found := slices.BinarySearch(k.exact, key); found {
		return true
	}
	for _, prefix := range k.prefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

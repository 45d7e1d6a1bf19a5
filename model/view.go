package model

// Matcher says of each key whether it is meant: Keys, or a View of them.
type Matcher interface {
	Match(key string) bool
}

// View is the keys that a caller has asked for and may read.
type View struct {
	Keys   Keys
	Grants *Grants
}

// Match reports whether the caller is shown the key.
func (v View) Match(key string) bool { return v.Keys.Match(key) && v.Grants.MayRead(key) }

// Check refuses what is asked for by name and may not be read. What a prefix or a
// star would match is left out in silence.
func (v View) Check() error {
	for _, key := range v.Keys.exact {
		if !v.Grants.MayRead(key) {
			return forbiddenToRead(key)
		}
	}
	return nil
}

func forbiddenToRead(key string) *Error {
	return Errorf(Forbidden, "your grants do not let you read %q", key)
}

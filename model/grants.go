package model

// Grants are what a caller may do, as its application has signed it. nil is a
// caller of a room that anybody may join: it may read and write all keys, and
// nothing more. Grants are never changed once they are made.
type Grants struct {
	// Subject is who the application says it is.
	Subject     string
	Read, Write Keys
	// Admin may read and write all keys, and put peers out.
	Admin bool
	// Expires is when the grants end, and the peer that has them; 0 is never.
	Expires Time
}

// MayRead reports whether the key exists for the caller.
func (g *Grants) MayRead(key string) bool { return g == nil || g.Admin || g.Read.Match(key) }

// MayWrite reports whether the caller may set and remove the key.
func (g *Grants) MayWrite(key string) bool { return g == nil || g.Admin || g.Write.Match(key) }

// IsAdmin reports whether the caller may put peers out.
func (g *Grants) IsAdmin() bool { return g != nil && g.Admin }

// ends reports whether the grants are over at the moment.
func (g *Grants) ends(at Time) bool { return g != nil && g.Expires != 0 && g.Expires <= at }

// subject is who the application says it is, or empty.
func (g *Grants) subject() string {
	if g == nil {
		return ""
	}
	return g.Subject
}

package auth

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"session-store/model"
)

// ownPeer stands for the id of the peer in a pattern.
const ownPeer = "{peer}"

// maxPatterns of one list, as for the keys of a stream: each delivery looks them
// through.
const maxPatterns = 100

// lastSecond ends the year 9999, the last that RFC 3339 can write. What is after
// it is a mistake, such as milliseconds, and would overflow on its way to a timer.
const lastSecond = 253402300799

// Claims is what a JWT of the application says of its bearer, after it was
// verified.
type Claims struct {
	Subject string // sub, or ""
	Name    string // name, or ""
	Role    string // role, or ""
	Expires model.Time
	Admin   bool // grants.admin

	// read and write are the patterns of grants. None is no key at all.
	read, write []string
}

// Keys are the grants of the peer with the id. Without one (a back end has none)
// the patterns that hold {peer} grant nothing: "{peer}*" would be "*".
func (c Claims) Keys(peer string) (read, write model.Keys) {
	return model.NewKeys(patternsOf(c.read, peer)), model.NewKeys(patternsOf(c.write, peer))
}

func patternsOf(patterns []string, peer string) []string {
	var own []string
	for _, pattern := range patterns {
		if peer == "" && strings.Contains(pattern, ownPeer) {
			continue
		}
		own = append(own, strings.ReplaceAll(pattern, ownPeer, peer))
	}
	return own
}

// readClaims reads what API.md names, and no other claim. RFC 7519, 4: "all claims
// that are not understood by implementations MUST be ignored".
func readClaims(p payload) (c Claims, room string, err error) {
	texts := []struct {
		claim string
		into  *string
	}{{"sub", &c.Subject}, {"name", &c.Name}, {"role", &c.Role}, {"room", &room}}
	for _, text := range texts {
		raw, found := p.claim(text.claim)
		if found && json.Unmarshal(raw, text.into) != nil {
			return c, "", refusal("the claim %s of the JWT must be a string", text.claim)
		}
	}
	if room == "" {
		return c, "", refusal("the JWT has no claim room: it must name a room, or be \"*\"")
	}
	if n := utf8.RuneCountInString(c.Name); n > model.MaxNameChars {
		return c, "", refusal("the claim name of the JWT is at most %d characters, this has %d", model.MaxNameChars, n)
	}
	// RFC 7519, 4.1.6: iat must be a NumericDate; it refuses no token by its value.
	if _, err := p.date("iat"); err != nil {
		return c, "", err
	}
	// The library has refused a token without it. Zero would be long ago.
	if exp, _ := p.date("exp"); exp != nil {
		c.Expires = model.TimeOf(exp.Time)
	}
	err = c.readGrants(p)
	return c, room, err
}

// readGrants reads the claim grants. What is wrong in it is refused and never
// taken for absent: absent opens everything.
func (c *Claims) readGrants(p payload) error {
	c.read, c.write = []string{"*"}, []string{"*"}
	raw, found := p.claim("grants")
	if !found {
		return nil
	}
	grants, err := members(raw)
	if err != nil {
		return refusal("the claim grants of the JWT must be an object, with each member once")
	}
	for name, value := range grants {
		switch name {
		case "read":
			c.read, err = readPatterns(value)
		case "write":
			c.write, err = readPatterns(value)
		case "admin":
			err = readAdmin(value, &c.Admin)
		default:
			// "raed": [...] would leave the default in force.
			err = refusal("the claim grants of the JWT has read, write and admin, and no other member")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readAdmin(raw json.RawMessage, admin *bool) error {
	if isNull(raw) || json.Unmarshal(raw, admin) != nil {
		return refusal("grants.admin of the JWT must be true or false")
	}
	return nil
}

func readPatterns(raw json.RawMessage) ([]string, error) {
	var patterns []string
	if isNull(raw) || json.Unmarshal(raw, &patterns) != nil {
		return nil, refusal("grants.read and grants.write of the JWT must be arrays of strings")
	}
	if n := len(patterns); n > maxPatterns {
		return nil, refusal("grants of the JWT have at most %d patterns each, these are %d: use a prefix", maxPatterns, n)
	}
	// The length that a pattern has in the end depends on the length of an id.
	id := strings.Repeat("x", idChars)
	for _, pattern := range patternsOf(patterns, id) {
		if err := model.CheckPattern(pattern); err != nil {
			return nil, refusal("a pattern in grants of the JWT is wrong: %v", err)
		}
	}
	return patterns, nil
}

// payload is the claims of a JWT as they were sent. encoding/json would take
// "Room" for "room" and the last of two; the signer may have meant the other.
type payload struct {
	claims map[string]json.RawMessage

	// RegisteredClaims stays empty. The library wants methods for iss, sub, aud and
	// iat too, and with the options of Verify asks none of them.
	jwt.RegisteredClaims
}

// UnmarshalJSON takes a JSON object with each name once.
func (p *payload) UnmarshalJSON(text []byte) (err error) {
	// RFC 7519, 7.2: "Verify that the resulting octet sequence is a UTF-8-encoded
	// representation of a completely valid JSON object". encoding/json would put
	// U+FFFD for what is not UTF-8, in a key too.
	if !utf8.Valid(text) {
		return refusal("the claims of the JWT must be UTF-8")
	}
	p.claims, err = members(text)
	return err
}

// members are those of a JSON object, by their exact names.
func members(object []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return nil, refusal("the claims of the JWT must be a JSON object")
	}
	found := map[string]json.RawMessage{}
	for d.More() {
		var value json.RawMessage
		name, nameErr := d.Token()
		text, _ := name.(string)
		valueErr := d.Decode(&value)
		// RFC 7519, 4: "The Claim Names within a JWT Claims Set MUST be unique".
		if _, twice := found[text]; twice || nameErr != nil || valueErr != nil {
			return nil, refusal("the claims of the JWT must be a JSON object with each name once")
		}
		found[text] = value
	}
	return found, nil
}

// claim is a claim that is there. One that is null is not: so do many languages
// write a field that was not set.
func (p payload) claim(name string) (raw json.RawMessage, found bool) {
	raw, found = p.claims[name]
	return raw, found && !isNull(raw)
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// date reads a NumericDate, to the millisecond, or nil if it is not there. The
// library's own type takes strings, and overflows silently.
func (p payload) date(name string) (*jwt.NumericDate, error) {
	raw, found := p.claim(name)
	if !found {
		return nil, nil
	}
	// RFC 7519, 2: "A JSON numeric value representing the number of seconds from
	// 1970-01-01T00:00:00Z UTC"; "non-integer values can be represented". Of all JSON,
	// ParseFloat takes numbers alone.
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || seconds < 0 || seconds > lastSecond {
		return nil, refusal("the claim %s of the JWT must be a number of seconds since 1970, not of milliseconds", name)
	}
	return &jwt.NumericDate{Time: model.Time(math.Round(seconds * 1000)).Std()}, nil
}

// GetExpirationTime is the claim exp, for the library.
func (p payload) GetExpirationTime() (*jwt.NumericDate, error) { return p.date("exp") }

// GetNotBefore is the claim nbf, for the library.
func (p payload) GetNotBefore() (*jwt.NumericDate, error) { return p.date("nbf") }

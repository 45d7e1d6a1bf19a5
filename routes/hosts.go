package routes

import (
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"session-store/model"
)

// hosts are the names that a server may be called by. A page can let its own name point
// to an address that only its reader reaches, 127.0.0.1 or one of a network at home: to
// the browser the server there is then the page's own (DNS rebinding). Nothing but the
// name in Host tells of it.
type hosts struct {
	names []string // one that begins with a dot is for all names that end so
	// bare lets names without a dot through: those of a network of one's own, as
	// Prometheus asks http://session-store:9090. No page of the internet has one.
	bare bool
}

func newHosts(patterns []string, bare bool) hosts {
	h := hosts{bare: bare}
	for _, pattern := range patterns {
		h.names = append(h.names, strings.TrimPrefix(pattern, "*"))
	}
	return h
}

// IsHost reports whether text may be one of Config.AllowedHosts: a name, without a port,
// or *. and a name, for all that end with it.
func IsHost(text string) bool {
	for label := range strings.SplitSeq(strings.TrimPrefix(text, "*."), ".") {
		if !isLabel(label) {
			return false
		}
	}
	return true
}

// allow says whether host, as it stands in a request, is one of the names, an address or
// localhost: these are what they are, and no page can let them point elsewhere. None at all
// is no browser's (RFC 9110, 7.2).
func (h hosts) allow(host string) bool {
	name, ok := withoutPort(host)
	if !ok || name == "" { // without a name is also ":8080", where --addr is that
		return ok
	}
	name = strings.TrimSuffix(name, ".") // of the root
	for _, allowed := range h.names {
		if matches(name, allowed) {
			return true
		}
	}
	if h.bare && isLabel(name) || strings.EqualFold(name, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

// withoutPort cuts host. RFC 9110, 7.2: Host = uri-host [ ":" port ]; RFC 3986, 3.2.2: an
// address of IPv6 stands in brackets. What has no such form is not ok.
func withoutPort(host string) (name string, ok bool) {
	name, port, _ := strings.Cut(host, ":")
	if rest, bracket := strings.CutPrefix(host, "["); bracket {
		if name, port, ok = strings.Cut(rest, "]"); !ok || !strings.Contains(name, ":") {
			return "", false
		}
		if port != "" && port[0] != ':' {
			return "", false
		}
		port = strings.TrimPrefix(port, ":")
	}
	return name, strings.Trim(port, "0123456789") == ""
}

// matches compares without regard to case, and without a copy.
func matches(name, allowed string) bool {
	if strings.HasPrefix(allowed, ".") {
		if len(name) <= len(allowed) {
			return false // nothing stands before the dot
		}
		name = name[len(name)-len(allowed):]
	}
	return strings.EqualFold(name, allowed)
}

// isLabel is for what may stand between the dots of a name. The underscore is not for
// hosts, and names of containers have it.
func isLabel(text string) bool {
	for i := range len(text) {
		c := text[i] | 0x20
		if !('a' <= c && c <= 'z' || '0' <= text[i] && text[i] <= '9' || text[i] == '-' || text[i] == '_') {
			return false
		}
	}
	return text != ""
}

// misdirected is the error of a request that is not for this server. Not 421, which tells a
// client to ask again over another connection (RFC 9110, 15.5.20): that would be in vain.
func misdirected(host string) error {
	return model.Errorf(model.Forbidden,
		"%q is not a name of this server: send the request to its address, or name the host in --allowed-hosts", clip(host))
}

// checkHost lets nothing through that is for another host.
func (a *api) checkHost(c *gin.Context) {
	if a.hosts.allow(c.Request.Host) {
		return
	}
	c.Abort()
	a.fail(c, misdirected(c.Request.Host))
}

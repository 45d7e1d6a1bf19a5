package routes

import "testing"

func TestHostsAllow(t *testing.T) {
	list := []string{"session.example.com", "*.Example.org", "buero"}
	for _, test := range []struct {
		host string
		// public says yes with the list, admin with none but names without a dot.
		public, admin bool
	}{
		{"", true, true}, // HTTP/1.0
		{":8080", true, true},
		{":", true, true},
		{".", false, false},

		{"127.0.0.1", true, true},
		{"127.0.0.1:8080", true, true},
		{"127.0.0.1:", true, true},
		{"127.0.0.1.", true, true}, // browsers take it for the address
		{"0.0.0.0:8080", true, true},
		{"192.168.1.7:80", true, true},
		{"[::1]", true, true},
		{"[::1]:8080", true, true},
		{"[::ffff:127.0.0.1]:8080", true, true},
		{"[fe80::1%25eth0]:8080", true, true},
		{"[::1", false, false},
		{"[::1]8080", false, false},
		{"[::1]:80:80", false, false},
		{"[::1].evil.com", false, false},
		{"[::1]@evil.com", false, false},
		{"[evil.com]:80", false, false},
		{"[localhost]", false, false},
		{"[]", false, false},
		{"::1", false, false}, // which could be a name and a port
		{"1::2", false, false},
		{"127.0.0.1.evil.com", false, false},
		{"127.0.0.1.nip.io", false, false},
		{"127.1", false, false},

		{"localhost", true, true},
		{"LocalHost:8080", true, true},
		{"localhost.", true, true},
		{"localhost..", false, false},
		{"localhost.evil.com", false, false},
		{"localhost.evil.com:8080", false, false},
		{"evil.localhost.com", false, false},
		{"xlocalhost", false, true},
		{"localhost:80:evil.com", false, false},
		{"localhost:http", false, false},
		{"localhost:-1", false, false},
		{"localhost: 80", false, false},
		{"localhost%2eevil", false, false},
		{"localhost/evil", false, false},
		{"user@localhost", false, false},
		{"localhost@evil.com", false, false},
		{"localhost,evil", false, false},
		{" localhost", false, false},

		{"evil.com", false, false},
		{"evil.com:8080", false, false},
		{"evil.com:127.0.0.1", false, false},
		{"evil.com:127.0.0.1:80", false, false},
		{"evil.com.", false, false},

		{"session-store", false, true},
		{"session-store:9090", false, true},
		{"Session_Store.:9090", false, true},
		{"session-store.evil", false, false},
		{"buero:80", true, true},
		{"büro", false, false}, // a browser says xn--bro-hoa

		{"session.example.com", true, false},
		{"SESSION.example.COM:443", true, false},
		{"session.example.com.", true, false},
		{"session.example.com.:443", true, false},
		{"session.example.com..", false, false},
		{"session.example.com:443x", false, false},
		{"example.com", false, false},
		{"session.example.com.evil.com", false, false},
		{"xsession.example.com", false, false},
		{"a.session.example.com", false, false},

		{"a.example.org", true, false},
		{"A.EXAMPLE.ORG:80", true, false},
		{"a.b.example.org.", true, false},
		{"example.org", false, false},
		{".example.org", false, false},
		{"aexample.org", false, false},
		{"a.example.org.evil.com", false, false},
	} {
		if got := newHosts(list, false).allow(test.host); got != test.public {
			t.Errorf("%q, of a list: %v", test.host, got)
		}
		if got := newHosts(nil, true).allow(test.host); got != test.admin {
			t.Errorf("%q, without a list: %v", test.host, got)
		}
	}
}

func TestIsHost(t *testing.T) {
	for text, want := range map[string]bool{
		"session.example.com": true, "*.example.com": true, "Session-Store": true, "my_node": true, "xn--bro-hoa.example": true,
		"10.0.0.1": true, // it is let through as it is
		"":         false, "*": false, "*.": false, ".": false, ".example.com": false, "example.com.": false, "a..b": false,
		"*.*.example.com": false, "a*.example.com": false, "**.example.com": false, "example.com:443": false, "[::1]": false, "::1": false,
		"https://example.com": false, "example.com/": false, "10.0.0.0/8": false, "büro.example": false, " example.com": false, "a b": false,
	} {
		if got := IsHost(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// It stands before every call.
func TestHostsAllowWithoutGarbage(t *testing.T) {
	h := newHosts([]string{"session.example.com", "*.example.org"}, false)
	for _, host := range []string{"session.example.com:443", "SESSION.EXAMPLE.COM", "a.example.org", "127.0.0.1:8080", "[::1]:8080", "localhost"} {
		if got := testing.AllocsPerRun(100, func() { h.allow(host) }); got > 0 {
			t.Errorf("%q makes %v allocations", host, got)
		}
	}
}

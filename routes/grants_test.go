package routes_test

import (
	"strings"
	"testing"
)

// The callers of TestGrants, in the order of the columns of its table.
var callers = []struct {
	name   string
	grants map[string]any // of the guest, who calls unless it is an admin
}{
	{"with the grant", nil},
	{"without it", map[string]any{"read": []string{}, "write": []string{}}},
	{"with a prefix", map[string]any{"read": []string{"hand.*"}, "write": []string{"hand.*"}}},
	{"with {peer}", map[string]any{"read": []string{"hand.{peer}"}, "write": []string{"hand.{peer}"}}},
	{"to read alone", map[string]any{"write": []string{}}},
	{"to write alone", map[string]any{"read": []string{}}},
	{"admin without joining", nil},
}

const (
	no   = "403 forbidden"
	none = "404 key_not_found"
	all  = "200 [hand.GUEST hand.other open secret]"
	hand = "200 [hand.GUEST hand.other]"
	own  = "200 [hand.GUEST]"
	two  = "200 [open secret]"
	left = "200 []" // of a list from which all is hidden
)

var grantedCalls = []struct {
	name, method, path, header, body string
	want                             [7]string // by caller
}{
	{"describe", "GET", "", "", "", [7]string{"200", "200", "200", "200", "200", "200", "200"}},
	{"list peers", "GET", "/peers", "", "", [7]string{"200", "200", "200", "200", "200", "200", "200"}},
	{"heartbeat", "POST", "/heartbeat", "", "", [7]string{"204", "204", "204", "204", "204", "204", "204"}},
	{"join", "POST", "/join", "", "", [7]string{"200", "200", "200", "200", "200", "200", "201"}},
	{"leave", "POST", "/leave", "", "", [7]string{"204", "204", "204", "204", "204", "204", no}},
	{"put another peer out", "DELETE", "/peers/OWNER", "", "", [7]string{no, no, no, no, no, no, "204"}},
	{"put oneself out", "DELETE", "/peers/GUEST", "", "", [7]string{no, no, no, no, no, no, "204"}},
	{"put nobody out", "DELETE", "/peers/nobody", "", "", [7]string{no, no, no, no, no, no, "404 peer_not_found"}},

	{"list", "GET", "/store", "", "", [7]string{all, left, hand, own, all, left, all}},
	{"list all by a star", "GET", "/store?keys=*", "", "", [7]string{all, left, hand, own, all, left, all}},
	{"list by a prefix", "GET", "/store?keys=hand.*", "", "", [7]string{hand, left, hand, own, hand, left, hand}},
	{"list by a prefix with a hidden key in it", "GET", "/store?keys=s*,o*", "", "", [7]string{two, left, left, left, two, left, two}},
	{"list by name", "GET", "/store?keys=open,secret", "", "", [7]string{two, no, no, no, two, no, two}},
	{"list the own by name", "GET", "/store?keys=hand.GUEST", "", "", [7]string{own, no, own, own, own, no, own}},
	{"list by name what is not there", "GET", "/store?keys=none", "", "", [7]string{left, no, no, no, left, no, left}},
	{"list by name, one of them hidden", "GET", "/store?keys=hand.GUEST,open", "", "", [7]string{"200 [hand.GUEST open]", no, no, no, "200 [hand.GUEST open]", no, "200 [hand.GUEST open]"}},

	{"get", "GET", "/store/open", "", "", [7]string{"200", no, no, no, "200", no, "200"}},
	{"get the own", "GET", "/store/hand.GUEST", "", "", [7]string{"200", no, "200", "200", "200", no, "200"}},
	{"get that of another", "GET", "/store/hand.other", "", "", [7]string{"200", no, "200", no, "200", no, "200"}},
	{"get what is not there", "GET", "/store/none", "", "", [7]string{none, no, no, no, none, no, none}},
	{"get under a condition", "GET", "/store/secret", "If-None-Match: *", "", [7]string{"304", no, no, no, "304", no, "304"}},

	{"put", "PUT", "/store/open", "", `{"value":9}`, [7]string{"200", no, no, no, no, "200", "200"}},
	{"put the own", "PUT", "/store/hand.GUEST", "", `{"value":9}`, [7]string{"200", no, "200", "200", no, "200", "200"}},
	{"put that of another", "PUT", "/store/hand.other", "", `{"value":9}`, [7]string{"200", no, "200", no, no, "200", "200"}},
	{"put a new one", "PUT", "/store/none", "", `{"value":9}`, [7]string{"201", no, no, no, no, "200", "201"}},
	{"put if there is one", "PUT", "/store/hand.GUEST", "If-Match: *", `{"value":9}`, [7]string{"200", no, "200", "200", no, no, "200"}},
	{"put if there is none", "PUT", "/store/hand.GUEST", "If-None-Match: *", `{"value":9}`, [7]string{"412 precondition_failed", no, "412 precondition_failed", "412 precondition_failed", no, no, "412 precondition_failed"}},
	{"put a new one if there is none", "PUT", "/store/none", "If-None-Match: *", `{"value":9}`, [7]string{"201", no, no, no, no, no, "201"}},
	{"put for a while", "PUT", "/store/open", "", `{"value":9,"ttl":60}`, [7]string{"200", no, no, no, no, "200", "200"}},
	{"put as long as the peer is there", "PUT", "/store/open", "", `{"value":9,"ephemeral":true}`, [7]string{"200", no, no, no, no, "200", "400 invalid_request"}},
	{"put nothing", "PUT", "/store/open", "", "", [7]string{"204", no, no, no, no, "204", "204"}},

	{"delete", "DELETE", "/store/open", "", "", [7]string{"204", no, no, no, no, "204", "204"}},
	{"delete the own", "DELETE", "/store/hand.GUEST", "", "", [7]string{"204", no, "204", "204", no, "204", "204"}},
	{"delete what is not there", "DELETE", "/store/none", "", "", [7]string{"204", no, no, no, no, "204", "204"}},
	{"delete if there is one", "DELETE", "/store/hand.other", "If-Match: *", "", [7]string{"204", no, "204", no, no, no, "204"}},

	{"patch", "PATCH", "/store", "", `{"set":{"open":9},"remove":["secret"]}`, [7]string{"200", no, no, no, no, "200", "200"}},
	{"patch the own", "PATCH", "/store", "", `{"set":{"hand.GUEST":9}}`, [7]string{"200", no, "200", "200", no, "200", "200"}},
	{"patch the own and that of another", "PATCH", "/store", "", `{"set":{"hand.GUEST":9,"hand.other":9}}`, [7]string{"200", no, "200", no, no, "200", "200"}},
	{"patch the own and remove that of another", "PATCH", "/store", "", `{"set":{"hand.GUEST":9},"remove":["hand.other"]}`, [7]string{"200", no, "200", no, no, "200", "200"}},

	{"observe by name", "GET", "/observe?for=0.05&keys=open,secret", "", "", [7]string{two, no, no, no, two, no, two}},
	{"observe the own by name", "GET", "/observe?for=0.05&keys=hand.GUEST", "", "", [7]string{own, no, own, own, own, no, own}},
	{"observe by a prefix", "GET", "/observe?for=0.05&keys=hand.*", "", "", [7]string{hand, left, hand, own, hand, left, hand}},
	{"observe all", "GET", "/observe?for=0.05&keys=*", "", "", [7]string{all, left, hand, own, all, left, all}},
	{"observe all from an unknown position", "GET", "/observe?for=0.05&keys=*&since=x-1", "", "", [7]string{all, left, hand, own, all, left, all}},
}

func TestGrants(t *testing.T) {
	for i, caller := range callers {
		t.Run(caller.name, func(t *testing.T) {
			g := newGuarded(t)
			for _, tt := range grantedCalls {
				t.Run(tt.name, func(t *testing.T) {
					p := g.place(t, caller.grants)
					bearer := p.guest.token
					if caller.name == "admin without joining" {
						bearer = admin(t)
					}
					before := p.state()
					p.want(tt.want[i], tt.method, tt.path, bearer, tt.header, tt.body)
					if after := p.state(); tt.want[i][0] == '4' && after != before {
						t.Errorf("refused, and it was\n%s\nand is\n%s", before, after)
					}
				})
			}
		})
	}
}

// An admin finds a room when there is a session, and begins none by asking.
func TestGrantsOfAnAdminInARoomWithoutASession(t *testing.T) {
	g := newGuarded(t)
	for _, tt := range grantedCalls {
		t.Run(tt.name, func(t *testing.T) {
			if tt.path == "/join" { // which is how a session begins
				return
			}
			p := g.empty(t)
			p.owner.id, p.guest.id = "owner", "guest"
			p.want("404 room_not_found", tt.method, tt.path, admin(t), tt.header, tt.body)
			p.want("404 room_not_found", "GET", "", admin(t), "", "")
		})
	}
}

// What has become of a key that is hidden is hidden too, on a stream that resumes
// as on one that begins.
func TestGrantsOfAStreamThatResumes(t *testing.T) {
	p := newGuarded(t).place(t, map[string]any{"read": []string{"hand.*"}})
	_, store := p.do("GET", "/store", p.guest.token, "", "")
	var at struct {
		Session  string
		Revision uint64
	}
	unmarshal(t, store, &at)
	p.want("200", "PATCH", "/store", p.owner.token, "", `{"set":{"open":5,"hand.other":6},"remove":["secret"]}`)
	p.want("204", "DELETE", "/store/open", p.owner.token, "", "")
	status, stream := p.do("GET", "/observe?for=0.05&keys=*&since="+at.Session+"-1", p.guest.token, "", "")
	want := "event: update\nid: " + at.Session + "-3\ndata: {\"revision\":3,\"set\":{\"hand.other\":"
	got := string(stream)
	if status != 200 || !strings.HasPrefix(got, want) || strings.Contains(got, "open") || strings.Contains(got, "secret") {
		t.Errorf("%d, %s\nwant %s", status, got, want)
	}
}

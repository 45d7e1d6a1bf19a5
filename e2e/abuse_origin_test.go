package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// asked is an answer to a page of the origin.
func asked(t *testing.T, method, url, origin, body string, headers ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		request.Header.Set("Origin", origin)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request) // which follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response
}

// Where the operator has named an origin, a page of another one, however much it looks
// like it, may read nothing and may not even ask whether it might write.
func TestAbuseOtherOrigins(t *testing.T) {
	program := start(t, "--cors-origins", "https://app.example.com")
	p := join(t, program.url, "origins")
	for _, origin := range []string{
		"https://evil.example", "null", "http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.example",
		"https://evilapp.example.com", "https://app.example.com@evil.example", "https://sub.app.example.com", "https://app.example.co",
		"https://app.example.com\t", "HTTPS://evil.example/https://app.example.com", "file://", program.url,
	} {
		t.Run(origin, func(t *testing.T) {
			read := asked(t, "GET", p.URL+"/store", origin, "", "Authorization", "Bearer "+p.Token)
			preflight := asked(t, "OPTIONS", p.URL+"/store/k", origin, "", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization")
			for _, answer := range []*http.Response{read, preflight} {
				if got := answer.Header.Values("Access-Control-Allow-Origin"); len(got) > 0 && got[0] != "https://app.example.com" {
					t.Errorf("%s is allowed: %q", origin, got)
				}
				if len(answer.Header.Values("Access-Control-Allow-Origin")) > 0 && origin != "https://app.example.com\t" {
					t.Errorf("%s is allowed", origin)
				}
				// A cache must not give the answer for one origin to another.
				if !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Origin") {
					t.Errorf("Vary is %q", answer.Header.Values("Vary"))
				}
			}
		})
	}
	own := asked(t, "GET", p.URL+"/store", "https://app.example.com", "", "Authorization", "Bearer "+p.Token)
	if got := own.Header.Get("Access-Control-Allow-Origin"); got != "https://app.example.com" {
		t.Errorf("the named origin may not read: %q", got)
	}
}

// There are no cookies, and no credentials that a browser would send by itself. So a
// page of another origin can do what a stranger can, and nothing in anybody's name.
func TestAbuseRequestsInTheNameOfOthers(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "csrf")
	must(t, http.StatusCreated)(p.Put(t.Context(), "k", "1"))
	before := must(t, http.StatusOK)(p.Call(t.Context(), "GET", "", ""))
	// What a form and an image can send without asking.
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"} {
		for _, path := range []string{"/leave", "/heartbeat", "/store/k", "/store"} {
			answer := asked(t, "POST", p.URL+path, "https://evil.example", `{"value":2}`, "Content-Type", kind, "Cookie", "token="+p.Token)
			if answer.StatusCode < 400 {
				t.Errorf("a form of %s to %s is answered with %d", kind, path, answer.StatusCode)
			}
		}
	}
	for _, path := range []string{"", "/store", "/store/k", "/observe?keys=*", "/peers"} {
		answer := asked(t, "GET", p.URL+path, "", "", "Cookie", "token="+p.Token, "Sec-Fetch-Site", "cross-site")
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("an image of %s is answered with %d", path, answer.StatusCode)
		}
		// A browser would ask its user for a password, and keep it.
		if got := answer.Header.Get("WWW-Authenticate"); got != "Bearer" {
			t.Errorf("WWW-Authenticate is %q", got)
		}
	}
	after := must(t, http.StatusOK)(p.Call(t.Context(), "GET", "", ""))
	if string(after.Body) != string(before.Body) {
		t.Errorf("the room was\n%s, it is\n%s", before.Body, after.Body)
	}
	preflight := asked(t, "OPTIONS", p.URL+"/store/k", "https://any.example", "", "Access-Control-Request-Method", "PUT",
		"Access-Control-Request-Headers", "authorization", "Access-Control-Request-Private-Network", "true")
	header := preflight.Header
	if got := header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("by default, %q may call", got)
	}
	for _, name := range []string{"Access-Control-Allow-Credentials", "Access-Control-Allow-Private-Network"} {
		if got := header.Get(name); got != "" {
			t.Errorf("%s is %q", name, got)
		}
	}
}

// What a browser is told of each kind of answer: what it is and nothing else, not to
// be shown within the page of somebody else, and not to be kept where it is secret.
func TestAbuseWhatABrowserMayDo(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "headers")
	must(t, http.StatusCreated)(p.Put(t.Context(), "k", `"<script>alert(1)</script>"`))
	token := []string{"Authorization", "Bearer " + p.Token}
	script := "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
	for _, call := range []struct {
		method, url, kind string
		headers           []string
		secret            bool
	}{
		{"POST", p.URL + "/join", "application/json", nil, true},
		{"GET", p.URL + "/store", "application/json", token, true},
		{"GET", p.URL + "/store/k", "application/json", token, true},
		{"GET", p.URL + "/observe?keys=*&for=0.001", "text/event-stream", token, true},
		{"GET", p.URL + "/store", "application/problem+json", nil, true},
		{"GET", program.url + "/" + script, "application/problem+json", nil, true},
		{"GET", program.url + "/rooms/" + script, "application/problem+json", nil, true},
		{"GET", program.url + "/swagger/" + script, "application/problem+json", nil, true},
		{"GET", program.url + "/openapi.json", "application/json", nil, false},
		{"GET", program.url + "/", "text/html; charset=utf-8", nil, false},
		{"GET", program.url + "/swagger/index.html", "text/html; charset=utf-8", nil, false},
		{"GET", program.url + "/swagger/swagger-ui-bundle.js", "application/javascript", nil, false},
	} {
		t.Run(call.method+" "+strings.TrimPrefix(call.url, program.url), func(t *testing.T) {
			header := asked(t, call.method, call.url, "", "", call.headers...).Header
			if got := header.Get("Content-Type"); got != call.kind {
				t.Errorf("it is %s, want %s", got, call.kind)
			}
			if got := header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options is %q", got)
			}
			if call.secret && header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control is %q", header.Get("Cache-Control"))
			}
			for _, name := range []string{"Set-Cookie", "Server", "X-Powered-By"} {
				if header.Get(name) != "" {
					t.Errorf("%s is %q", name, header.Get(name))
				}
			}
			if strings.HasPrefix(call.kind, "text/html") {
				checkPage(t, header)
			}
		})
	}
}

// checkPage wants a page to run only what is its own, and to be framed by nobody else.
func checkPage(t *testing.T, header http.Header) {
	t.Helper()
	policy := strings.Split(header.Get("Content-Security-Policy"), "; ")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'self'", "base-uri 'none'", "form-action 'none'"} {
		if !slices.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %q", want, policy)
		}
	}
	// The address of a page may have the name of a room in it.
	if got := header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("Referrer-Policy is %q", got)
	}
}

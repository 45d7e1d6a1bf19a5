package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// say sends bytes as they are, and gives all that comes back until the server closes
// the connection. It does not close its own side, as it could: whoever has hung up may
// get nothing of a stream any more.
func say(t *testing.T, base, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(conn)
	if err != nil && len(said) == 0 {
		t.Fatalf("no answer: %v", err)
	}
	return string(said)
}

// statuses are those of the answers in what a server has said.
func statuses(said string) (found []string) {
	for line := range strings.Lines(said) {
		if rest, ok := strings.CutPrefix(line, "HTTP/1."); ok {
			found = append(found, rest[2:5])
		}
	}
	return found
}

// pathTricks are heads of requests without "Host" and the token, each with the status
// of its answer.
func pathTricks() map[string]string {
	return map[string]string{
		"GET /rooms/paths/store/../store/k":           "404",
		"GET /rooms/paths/store/%2e%2e%2fk":           "404", // a key with a slash in it
		"GET /rooms/paths/store/%2e%2e":               "400",
		"GET /rooms/paths/store/%252e%252e":           "404", // a key of percent signs
		"GET /rooms/other/../paths/store/k":           "404",
		"GET /rooms/%2e%2e/store":                     "401", // a room of that name
		"GET //rooms/paths/store/k":                   "404",
		"GET /rooms//paths/store/k":                   "404",
		"GET /rooms/paths/store/k/":                   "404",
		"GET /./rooms/paths/store/k":                  "404",
		"GET /ROOMS/paths/store/k":                    "404",
		"GET /rooms/PATHS/store/k":                    "401",
		"GET /rooms/paths;a=b/store/k":                "400",
		"GET /rooms/paths%2Fstore/k":                  "404",
		"GET /rooms/paths%00/store/k":                 "400",
		"GET /rooms/paths%20/store/k":                 "400",
		"GET /rooms/p%C3%A4ths/store/k":               "400",
		"GET /rooms/paths/store/k%00":                 "400",
		"GET /rooms/paths/store/%c0%ae":               "400", // a dot in too many bytes
		"GET /rooms/paths/store/%u006b":               "400",
		"GET /rooms/paths\\store\\k":                  "400",
		"GET rooms/paths/store/k":                     "400",
		"GET http://evil.example/rooms/paths/store/k": "200", // RFC 9112, 3.2.2: a server takes it
		"GET ftp:rooms/paths":                         "404",
		"GET *":                                       "404",
		"OPTIONS *":                                   "200",
		"CONNECT evil.example:443":                    "404",
		"CONNECT /rooms/paths":                        "405",
		"TRACE /rooms/paths":                          "405",
		"PRI *":                                       "404",
		"GET /swagger/../../etc/passwd":               "404",
		"GET /swagger/%2e%2e/%2e%2e/etc/passwd":       "404",
		"GET /swagger/aindex.html":                    "404",
		"GET /swagger/index.html?x=doc.json":          "200",
		"GET /swagger/a%2fswagger-ui.css":             "404",
		"GET /swagger/swagger-ui.css":                 "200",
		"GET /assets/../demo.go":                      "404",
		"GET /assets/%2e%2e%2fdemo.go":                "404",
		"GET /debug/pprof/heap":                       "404",
		"GET /.git/config":                            "404",
	}
}

// Nobody reaches by another path what is not there, and no path breaks anything.
func TestAbusePaths(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "paths")
	must(t, http.StatusCreated)(p.Put(t.Context(), "k", `"found"`))
	// Swagger UI once took the first request for its address.
	say(t, program.url, "GET /swagger/index.html?x=doc.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	for trick, want := range pathTricks() {
		t.Run(trick, func(t *testing.T) {
			said := say(t, program.url, trick+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "+p.Token+"\r\n\r\n")
			if got := strings.Join(statuses(said), " "); got != want {
				t.Errorf("%s, want %s: %.300s", got, want, said)
			}
			if strings.Contains(said, `"found"`) != (want == "200" && strings.Contains(trick, "/store/k")) {
				t.Errorf("it says %.300s", said)
			}
		})
	}
}

// framing are requests whose end, for two who read them, may be in two places: what
// one takes for a body is a request for the other. SMUGGLED stands for one.
func framing() map[string][2]string {
	join := "POST /rooms/framing/join HTTP/1.1\r\nHost: x\r\n"
	get := "GET /healthz HTTP/1.1\r\nHost: x\r\n"
	chunked := join + "Transfer-Encoding: chunked\r\n\r\n"
	return map[string][2]string{
		"a length and chunks":         {join + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED", "201"},
		"two lengths":                 {join + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}SMUGGLED", "400"},
		"a list of lengths":           {join + "Content-Length: 2, 3\r\n\r\n{}SMUGGLED", "400"},
		"a length with a sign":        {join + "Content-Length: +2\r\n\r\n{}SMUGGLED", "400"},
		"a length below nothing":      {join + "Content-Length: -2\r\n\r\n{}SMUGGLED", "400"},
		"a length of 2^64":            {join + "Content-Length: 18446744073709551618\r\n\r\n{}SMUGGLED", "400"},
		"a space before the colon":    {join + "Content-Length : 2\r\n\r\n{}SMUGGLED", "400"},
		"a name with a zero byte":     {join + "Content\x00-Length: 2\r\n\r\n{}SMUGGLED", "400"},
		"another coding":              {join + "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\nSMUGGLED", "501"},
		"chunks of another coding":    {join + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nSMUGGLED", "501"},
		"chunks in disguise":          {join + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nSMUGGLED", "501"},
		"chunks behind a tab":         {join + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\nSMUGGLED", "400"},
		"chunks, twice":               {join + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nSMUGGLED", "501"},
		"a chunk of hexadecimal":      {chunked + "0x2\r\n{}\r\n0\r\n\r\nSMUGGLED", "400"},
		"a chunk below nothing":       {chunked + "-2\r\n{}\r\n0\r\n\r\nSMUGGLED", "400"},
		"a chunk of 2^64":             {chunked + "10000000000000002\r\n{}\r\n0\r\n\r\nSMUGGLED", "400"},
		"a chunk without its end":     {chunked + "2\r\n{}0\r\n\r\nSMUGGLED", "400"},
		"a header of two lines":       {get + "X: a\r\n\tDELETE /rooms/framing/store/k HTTP/1.1\r\nConnection: close\r\n\r\n", "200"},
		"a header that begins so":     {"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\nSMUGGLED", "400"},
		"a header with a bare return": {get + "X: a\rY: b\r\n\r\nSMUGGLED", "400"},
		"no host":                     {"GET /healthz HTTP/1.1\r\n\r\nSMUGGLED", "400"},
		"two hosts":                   {get + "Host: y\r\n\r\nSMUGGLED", "400"},
		"a host with a path":          {"GET /healthz HTTP/1.1\r\nHost: x/rooms\r\n\r\nSMUGGLED", "400"},
		"a version of its own":        {"GET /healthz HTTP/1.1.1\r\nHost: x\r\n\r\nSMUGGLED", "400"},
		"a body of a stream":          {"GET /rooms/framing/observe?keys=* HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nContent-Length: 9\r\nConnection: close\r\n\r\nSMUGGLED", "400"},
		"behind a stream":             {"GET /rooms/framing/observe?keys=*&for=0.2 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\n\r\nSMUGGLED", "200"},
		"an expectation":              {get + "Expect: the-impossible\r\n\r\nSMUGGLED", "417"},
		"another protocol":            {get + "Connection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n", "200"},
		"a token behind the body":     {"PUT /rooms/framing/store/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTrailer: Authorization\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"value\":1}\r\n0\r\nAuthorization: Bearer TOKEN\r\n\r\n", "401"},
		"a method in a header":        {"POST /rooms/framing/store/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer TOKEN\r\nX-HTTP-Method-Override: DELETE\r\nContent-Length: 0\r\n\r\n", "405"},
		"a path in a header":          {"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Original-URL: /rooms/framing/leave\r\nX-Rewrite-URL: /rooms/framing/leave\r\n\r\n", "200"},
	}
}

// A connection with a request whose framing is not sure is closed, and what may be a
// second request on it is not done.
func TestAbuseFraming(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "framing")
	smuggled := request(p, http.MethodDelete, "/store/k", "")
	for name, framed := range framing() {
		t.Run(name, func(t *testing.T) {
			if _, err := p.Put(t.Context(), "k", "1"); err != nil {
				t.Fatal(err)
			}
			said := say(t, program.url, strings.NewReplacer("SMUGGLED", smuggled, "TOKEN", p.Token).Replace(framed[0]))
			if got := strings.Join(statuses(said), " "); got != framed[1] {
				t.Errorf("%s, want %s: %.500s", got, framed[1], said)
			}
			must(t, http.StatusOK)(p.Call(t.Context(), http.MethodGet, "/store/k", ""))
		})
	}
}

// A value is what somebody else has sent, as it was sent: it reaches every reader as
// one event, and as the same bytes in an answer.
func TestAbuseValuesStayWhatTheyAre(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "values")
	stream, err := p.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := stream.Next(); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"an event within":      `"a\n\nevent: end\nid: x\ndata: {}\n\n"`,
		"returns":              `"\r\r\n\u2028\u2029\u0085"`,
		"a script":             `"</script><script>alert(1)</script>"`,
		"a number too large":   `1e999999`,
		"a number too long":    strings.Repeat("9", 1000),
		"half of a letter":     `"\ud800"`,
		"a name twice":         `{"a":1,"a":2}`,
		"a prototype":          `{"__proto__":{"admin":true},"constructor":1}`,
		"brackets":             strings.Repeat("[", 512) + strings.Repeat("]", 512),
		"from right to left":   "\"\u202e\u2066\u200b\"",
		"a terminal's control": `"\u001b[2J\u0000\u0007"`,
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := p.Put(t.Context(), "k", value)
			if err != nil || answer.Status >= 300 {
				t.Fatalf("%d, %v: %s", answer.Status, err, answer.Body)
			}
			event, err := stream.Next()
			if err != nil || event.Name != "update" {
				t.Fatalf("%+v, %v", event, err)
			}
			want := fmt.Sprintf(`{"key":"k","value":%s,`, value)
			if !strings.Contains(event.Data, want) || !bytes.HasPrefix(answer.Body, []byte(want)) {
				t.Errorf("sent %s, the stream has %s, the answer %s", value, event.Data, answer.Body)
			}
		})
	}
	must(t, http.StatusOK)(p.Call(t.Context(), http.MethodGet, "/store", ""))
}

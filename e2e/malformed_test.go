package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"session-store/e2e/peer"
)

// malformed is one request that must be refused.
type malformed struct {
	method, path, body string
	header             string // "Name: value", or empty
	status             int
	code               string // empty: net/http refuses it before the program sees it
}

func put(key, body string, status int, code string) malformed {
	return malformed{method: "PUT", path: "/store/" + key, body: body, status: status, code: code}
}

func get(path string, status int, code string) malformed {
	return malformed{method: "GET", path: path, status: status, code: code}
}

func with(m malformed, header string) malformed {
	m.header = header
	return m
}

// badBodies are bodies of a PUT.
func badBodies() map[string]malformed {
	deep := strings.Repeat("[", 20_000)
	return map[string]malformed{
		"broken JSON":              put("k", `{"value":`, 400, "invalid_json"),
		"no JSON at all":           put("k", `value=1`, 400, "invalid_json"),
		"a lone bracket":           put("k", `{`, 400, "invalid_json"),
		"two objects":              put("k", `{"value":1}{"value":2}`, 400, "invalid_json"),
		"text behind":              put("k", `{"value":1} x`, 400, "invalid_json"),
		"a comma too much":         put("k", `{"value":1,}`, 400, "invalid_json"),
		"single quotes":            put("k", `{'value':1}`, 400, "invalid_json"),
		"a bare word":              put("k", `{"value":undefined}`, 400, "invalid_json"),
		"NaN":                      put("k", `{"value":NaN}`, 400, "invalid_json"),
		"a leading zero":           put("k", `{"value":01}`, 400, "invalid_json"),
		"a hexadecimal number":     put("k", `{"value":0x10}`, 400, "invalid_json"),
		"a control character":      put("k", "{\"value\":\"a\nb\"}", 400, "invalid_json"),
		"a bad escape":             put("k", `{"value":"\x41"}`, 400, "invalid_json"),
		"not UTF-8":                put("k", "{\"value\":\"\xff\xfe\"}", 400, "invalid_json"),
		"UTF-16":                   put("k", "\xff\xfe{\x00}\x00", 400, "invalid_json"),
		"a byte order mark":        put("k", "\ufeff{\"value\":1}", 400, "invalid_json"),
		"deep nesting":             put("k", `{"value":`+deep+strings.Repeat("]", len(deep))+`}`, 400, "invalid_json"),
		"deep and never closed":    put("k", deep, 400, "invalid_json"),
		"less deep, never closed":  put("k", deep[:9_000], 400, "invalid_json"),
		"a list":                   put("k", `[{"value":1}]`, 400, "invalid_request"),
		"a number":                 put("k", `7`, 400, "invalid_request"),
		"null":                     put("k", `null`, 400, "invalid_request"),
		"a wrong member":           put("k", `{"vaule":1}`, 400, "invalid_request"),
		"a capital letter":         put("k", `{"Value":1}`, 400, "invalid_request"),
		"a member too much":        put("k", `{"value":1,"key":"k"}`, 400, "invalid_request"),
		"the value twice":          put("k", `{"value":1,"value":2}`, 400, "invalid_request"),
		"a prototype":              put("k", `{"__proto__":{"value":1}}`, 400, "invalid_request"),
		"a value one byte too big": put("k", `{"value":"`+strings.Repeat("x", 1023)+`"}`, 413, "value_too_large"),
		"a large value":            put("k", `{"value":"`+strings.Repeat("x", 50_000)+`"}`, 413, "value_too_large"),
		"10 MB":                    put("k", `{"value":"`+strings.Repeat("x", 10<<20)+`"}`, 413, "body_too_large"),
		"10 MB of white space":     put("k", strings.Repeat(" ", 10<<20)+`{"value":1}`, 413, "body_too_large"),
		"a form":                   with(put("k", `value=1`, 415, "unsupported_media_type"), "Content-Type: multipart/form-data; boundary=x"),
		"text":                     with(put("k", `{"value":1}`, 415, "unsupported_media_type"), "Content-Type: text/plain"),
		"XML":                      with(put("k", `<value/>`, 415, "unsupported_media_type"), "Content-Type: application/xml"),
		"a media type of nonsense": with(put("k", `{"value":1}`, 415, "unsupported_media_type"), "Content-Type: ;;;"),
		"a part of a body":         with(put("k", `{"value":1}`, 400, "invalid_request"), "Content-Range: bytes 0-10/20"),
		"a compressed body":        with(put("k", "\x1f\x8b\x08", 415, "unsupported_media_type"), "Content-Encoding: gzip"),
		"a name of 65 characters":  {method: "POST", path: "/join", body: `{"name":"` + strings.Repeat("é", 65) + `"}`, status: 400, code: "invalid_request"},
		"a name that is a number":  {method: "POST", path: "/join", body: `{"name":7}`, status: 400, code: "invalid_request"},
		"a name that is an object": {method: "POST", path: "/join", body: `{"name":{}}`, status: 400, code: "invalid_request"},
		"a join with more":         {method: "POST", path: "/join", body: `{"name":"A","role":"admin"}`, status: 400, code: "invalid_request"},
	}
}

// badAddresses are wrong paths, queries and header fields.
func badAddresses() map[string]malformed {
	return map[string]malformed{
		"the key .":                   put("%2E", `{"value":1}`, 400, "invalid_request"),
		"the key ..":                  put("%2e%2e", `{"value":1}`, 400, "invalid_request"),
		"a key with a comma":          put("a,b", `{"value":1}`, 400, "invalid_request"),
		"a key with a star":           put("a*", `{"value":1}`, 400, "invalid_request"),
		"a key with a zero byte":      put("a%00", `{"value":1}`, 400, "invalid_request"),
		"a key with a line end":       put("a%0D%0AX-Evil:1", `{"value":1}`, 400, "invalid_request"),
		"a key of bad UTF-8":          put("%ff", `{"value":1}`, 400, "invalid_request"),
		"a key of 129 bytes":          put(strings.Repeat("k", 129), `{"value":1}`, 400, "invalid_request"),
		"no key":                      put("", `{"value":1}`, 404, "not_found"),
		"a slash in the key":          put("a/b", `{"value":1}`, 404, "not_found"),
		"a bad percent sign":          put("%zz", `{"value":1}`, 400, ""),
		"a wrong method":              {method: "POST", path: "/store/k", body: `{"value":1}`, status: 405, code: "method_not_allowed"},
		"a method of one's own":       {method: "STEAL", path: "/store/k", status: 405, code: "method_not_allowed"},
		"a path that is not":          get("/stores", 404, "not_found"),
		"no keys to observe":          get("/observe", 400, "invalid_request"),
		"empty keys to observe":       get("/observe?keys=", 400, "invalid_request"),
		"an empty key among them":     get("/observe?keys=a,,b", 400, "invalid_request"),
		"a star in the middle":        get("/observe?keys=a*b", 400, "invalid_request"),
		"two stars":                   get("/observe?keys=**", 400, "invalid_request"),
		"101 keys":                    get("/observe?keys="+strings.TrimSuffix(strings.Repeat("k,", 101), ","), 400, "invalid_request"),
		"a bad query":                 get("/observe?keys=%zz", 400, "invalid_request"),
		"for nothing":                 get("/observe?keys=*&for=0", 400, "invalid_request"),
		"for a negative time":         get("/observe?keys=*&for=-1", 400, "invalid_request"),
		"for a word":                  get("/observe?keys=*&for=ever", 400, "invalid_request"),
		"for ever":                    get("/observe?keys=*&for=Inf", 400, "invalid_request"),
		"for no number":               get("/observe?keys=*&for=NaN", 400, "invalid_request"),
		"a bad list":                  get("/store?keys=,", 400, "invalid_request"),
		"a condition without quotes":  with(put("k", `{"value":1}`, 400, "invalid_request"), "If-Match: s-1"),
		"a condition of nonsense":     with(put("k", `{"value":1}`, 400, "invalid_request"), `If-None-Match: "`),
		"a condition that fails":      with(put("k", `{"value":1}`, 412, "precondition_failed"), `If-Match: "nobody-7"`),
		"no token":                    with(get("/store", 401, "unauthorized"), "Authorization: "),
		"a forged token":              with(get("/store", 401, "unauthorized"), "Authorization: Bearer ann.AAAAAAAAAAAAAAAAAAAAAAAAAA"),
		"half a token":                with(get("/store", 401, "unauthorized"), "Authorization: Bearer"),
		"another scheme":              with(get("/store", 401, "unauthorized"), "Authorization: Basic YW5uOmFubg=="),
		"a token in the wrong place":  with(get("/store?access_token=TOKEN", 401, "unauthorized"), "Authorization: "),
		"a header of 100 KB":          with(get("/store", 431, ""), "X-Long: "+strings.Repeat("x", 100_000)),
		"putting out without a right": {method: "DELETE", path: "/peers/ann", status: 403, code: "forbidden"},
	}
}

// Every malformed request is a clear 4xx with a code, none a 500, and nothing is
// changed by any of them.
func TestRefusedMalformedRequestsChangeNothing(t *testing.T) {
	program := start(t)
	victim, attacker := join(t, program.url, "bad"), join(t, program.url, "bad")
	must(t, 201)(victim.Put(t.Context(), "k", `"as it was"`))
	watch, err := victim.Observe(t.Context(), "*", "")
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	first, err := watch.Next()
	if err != nil {
		t.Fatal(err)
	}
	before := must(t, 200)(victim.Call(t.Context(), "GET", "", ""))
	count := 0
	for _, tests := range []map[string]malformed{badBodies(), badAddresses()} {
		for name, test := range tests {
			count++
			t.Run(name, func(t *testing.T) { test.check(t, attacker) })
		}
	}
	t.Logf("%d malformed requests", count)
	if after := must(t, 200)(victim.Call(t.Context(), "GET", "", "")); string(after.Body) != string(before.Body) {
		t.Errorf("the room was\n%s, it is\n%s", before.Body, after.Body)
	}
	// The next thing that the stream says is the next thing that happened.
	must(t, 200)(victim.Put(t.Context(), "k", `"changed"`))
	if event, err := watch.Next(); err != nil || event.Name != "update" || event.ID != strings.TrimSuffix(first.ID, "1")+"2" {
		t.Errorf("the stream says %+v, %v", event, err)
	}
}

func (m malformed) check(t *testing.T, p *peer.Peer) {
	answer := m.send(t, p)
	if answer.Status != m.status {
		t.Fatalf("status %d, want %d: %s", answer.Status, m.status, answer.Body)
	}
	if m.code == "" {
		return
	}
	var problem struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	if err := json.Unmarshal(answer.Body, &problem); err != nil || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%v: %s %s", err, answer.Header.Get("Content-Type"), answer.Body)
	}
	if problem.Code != m.code || problem.Status != m.status || problem.Title == "" || problem.Type == "" || problem.Detail == "" {
		t.Errorf("got %s, want the code %s", answer.Body, m.code)
	}
	if strings.Contains(string(answer.Body), p.Token) {
		t.Errorf("the answer repeats the token: %s", answer.Body)
	}
}

// send writes the request byte by byte as it stands: a client of net/http would
// put half of them right.
func (m malformed) send(t *testing.T, p *peer.Peer) peer.Answer {
	host, room, _ := strings.Cut(strings.TrimPrefix(p.URL, "http://"), "/")
	lines := []string{m.method + " /" + room + m.path + " HTTP/1.1", "Host: " + host, "Connection: close"}
	if !strings.HasPrefix(m.header, "Authorization:") {
		lines = append(lines, "Authorization: Bearer "+p.Token)
	}
	if m.header != "" {
		lines = append(lines, m.header)
	}
	if m.body != "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(m.body)))
	}
	return raw(t, host, strings.Join(lines, "\r\n")+"\r\n\r\n"+m.body)
}

// raw sends bytes and reads one answer.
func raw(t *testing.T, host, request string) peer.Answer {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = io.WriteString(conn, request) // a refusal may come before the end
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("half an answer: %v", err)
	}
	<-written
	return peer.Answer{Status: response.StatusCode, Header: response.Header, Body: body}
}

// Half requests: the connection is closed in the middle, and nothing has
// happened.
func TestRefusedHalfRequestsChangeNothing(t *testing.T) {
	program := start(t)
	p := join(t, program.url, "half")
	host := strings.TrimPrefix(program.url, "http://")
	whole := "PUT /rooms/half/store/k HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + p.Token +
		"\r\nContent-Length: 11\r\n\r\n" + `{"value":1}`
	for cut := range len(whole) {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, whole[:cut]); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		// Until the server has closed it, it has not decided.
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		if answer, err := io.ReadAll(conn); err == nil && strings.HasPrefix(string(answer), "HTTP/1.1 20") {
			t.Errorf("the first %d bytes were answered with %s", cut, answer)
		}
		_ = conn.Close()
	}
	if got := must(t, 200)(p.Call(t.Context(), "GET", "", "")).Field("revision"); got != "0" {
		t.Errorf("the revision is %s", got)
	}
	if answer := raw(t, host, strings.Replace(whole, "Host", "Connection: close\r\nHost", 1)); answer.Status != 201 {
		t.Errorf("the whole request: %d %s", answer.Status, answer.Body)
	}
}

package demo_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"session-store/demo"
)

// get asks the page for a path, with pairs of header fields.
func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if !demo.New().Serve(w, r) {
		w.Code = http.StatusNotFound
	}
	return w.Result()
}

func body(t *testing.T, answer *http.Response) []byte {
	t.Helper()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// assets are the paths that the page names.
func assets(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, match := range regexp.MustCompile(`(?:src|href)="\./(assets/[^"]+)"`).FindAllSubmatch(body(t, get(t, "GET", "/")), -1) {
		paths = append(paths, "/"+string(match[1]))
	}
	if len(paths) < 2 {
		t.Fatalf("the page names %v, want a script and a style sheet at least", paths)
	}
	return paths
}

func TestServe(t *testing.T) {
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
	for _, path := range assets(t) {
		answer := get(t, "GET", path)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %s", path, answer.Status)
		}
		if got, want := answer.Header.Get("Content-Type"), types[filepath.Ext(path)]; got != want {
			t.Errorf("GET %s: Content-Type %q, want %q", path, got, want)
		}
		if got := answer.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("GET %s: Cache-Control %q, want immutable: its name has its hash", path, got)
		}
	}
	page := get(t, "GET", "/")
	for field, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := page.Header.Get(field); got != want {
			t.Errorf("GET /: %s %q, want %q", field, got, want)
		}
	}
	if got := page.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
		t.Errorf("GET /: Content-Security-Policy %q", got)
	}
	if head := get(t, "HEAD", "/"); head.StatusCode != http.StatusOK || len(body(t, head)) != 0 {
		t.Errorf("HEAD /: %s", head.Status)
	}
	for _, path := range []string{"/index.html", "/assets/", "/assets/none.js", "/dist/index.html", "/../demo.go", ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		if demo.New().Serve(httptest.NewRecorder(), r) {
			t.Errorf("there is something at %q", path)
		}
	}
}

func TestServeConditional(t *testing.T) {
	for _, coding := range []string{"", "gzip"} {
		etag := get(t, "GET", "/", "Accept-Encoding", coding).Header.Get("ETag")
		if answer := get(t, "GET", "/", "Accept-Encoding", coding, "If-None-Match", etag); answer.StatusCode != http.StatusNotModified {
			t.Errorf("with Accept-Encoding %q and If-None-Match %s: %s, want 304", coding, etag, answer.Status)
		}
		if answer := get(t, "GET", "/", "Accept-Encoding", coding, "If-None-Match", `"other"`); answer.StatusCode != http.StatusOK {
			t.Errorf("with another ETag: %s, want 200", answer.Status)
		}
	}
}

func TestServeGzip(t *testing.T) {
	plain := body(t, get(t, "GET", "/"))
	for coding, want := range map[string]string{
		"gzip": "gzip", "br, gzip;q=0.8, deflate": "gzip", "gzip;q=0.001": "gzip",
		"": "", "br": "", "gzip;q=0": "", "br, gzip; q=0.0": "",
	} {
		answer := get(t, "GET", "/", "Accept-Encoding", coding)
		if got := answer.Header.Get("Content-Encoding"); got != want {
			t.Errorf("with Accept-Encoding %q: Content-Encoding %q, want %q", coding, got, want)
			continue
		}
		content := body(t, answer)
		if want == "gzip" {
			unpacked, err := gzip.NewReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if content, err = io.ReadAll(unpacked); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(content, plain) {
			t.Errorf("with Accept-Encoding %q: another page", coding)
		}
	}
}

// A page that takes long to load has no point to make in ten seconds.
const maxScriptBytes = 80 << 10

func TestSmall(t *testing.T) {
	size := 0
	for _, path := range assets(t) {
		if strings.HasSuffix(path, ".js") {
			size += len(body(t, get(t, "GET", path, "Accept-Encoding", "gzip")))
		}
	}
	if size > maxScriptBytes {
		t.Errorf("all scripts are %d bytes with gzip, want at most %d", size, maxScriptBytes)
	}
}

// named are the addresses that the built files may have in them without loading
// them: namespaces of XML, and the pages that React's errors point to.
var named = regexp.MustCompile(`^https?://(www\.w3\.org|react\.dev)/`)

func TestLoadsNothingElse(t *testing.T) {
	err := filepath.WalkDir("dist", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, address := range regexp.MustCompile(`https?://[\w.-]+/`).FindAll(content, -1) {
			if !named.Match(address) {
				t.Errorf("%s names %s", path, address)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

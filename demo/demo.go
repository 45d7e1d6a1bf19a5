// Package demo is the page that the program serves at its root: a small meeting
// whose whole state is one room, and beside it an inspector of what the server
// holds and sends. Vite builds it, and what it has built is kept in git: the
// program needs no Node.
//
//	src ─┐
//	     ├─ npm run build ──▶ dist ── embed ──▶ Page.Serve ──▶ browser
//	../client/src ─┘
package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed dist
var dist embed.FS

// Page is the built page: its HTML, and the files that this names.
type Page struct {
	files map[string]file // by the path of the request
}

// file is one built file, as it is sent.
type file struct {
	mime   string
	etag   string
	plain  []byte
	packed func() []byte // with gzip; most runs of the program are never asked for it
}

// New reads what was built into the program.
func New() *Page {
	page := &Page{files: make(map[string]file)}
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := dist.ReadFile(name)
		page.files[strings.TrimPrefix(name, "dist")] = newFile(name, content)
		return err
	})
	if err != nil {
		panic(err) // it was there when the program was compiled
	}
	page.files["/"] = page.files["/index.html"]
	delete(page.files, "/index.html") // one page, one address
	return page
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{
		mime: mimes[path.Ext(name)], etag: hex.EncodeToString(sum[:8]), plain: content,
		packed: sync.OnceValue(func() []byte { return pack(content) }),
	}
}

// mimes says what the files are. The table of the mime package comes from the
// machine that the program happens to run on.
var mimes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

func pack(content []byte) []byte {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is one that there is
	_, _ = w.Write(content)                                    // a buffer takes everything
	_ = w.Close()
	return packed.Bytes()
}

// policy keeps the page from loading and running anything but itself, whatever a
// peer has put under a key. https://www.w3.org/TR/CSP3/
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Serve answers with the file at the path of the request. It reports false,
// having written nothing, where there is none.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request) bool {
	file, ok := p.files[r.URL.Path]
	if !ok {
		return false
	}
	header := w.Header()
	header.Set("Content-Type", file.mime)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Add("Vary", "Accept-Encoding")
	if r.URL.Path == "/" {
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-cache")
	} else {
		// The names of all others have a hash of the content in them.
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content, etag := file.plain, file.etag
	if acceptsGzip(r) {
		// RFC 9110, 8.8.3: another encoding is another representation, with an ETag of its own.
		content, etag = file.packed(), etag+"-gzip"
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	return true
}

// acceptsGzip reads Accept-Encoding. RFC 9110, 12.4.2: "a value of 0 means "not
// acceptable"".
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(coding, ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.Trim(quality, " q=.0") != "" || quality == ""
		}
	}
	return false
}

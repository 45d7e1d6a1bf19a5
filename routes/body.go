package routes

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"session-store/model"
)

// maxDrain is how much of a body that is too large is read and thrown away. A
// client that gets its answer while it still sends often sees a broken
// connection in the place of the answer.
const maxDrain = 16 << 20

// readBody reads a body of JSON, at most limit bytes; nil if there is none.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if err := checkMediaType(r.Header); err != nil {
		return nil, err
	}
	// RFC 9110, 14.5: what is a part for others must not be taken for the whole.
	if first(r.Header, "Content-Range") != "" {
		return nil, badBody("is sent as a whole here, without Content-Range")
	}
	if r.ContentLength > int64(limit) {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		return nil, model.TooLarge(limit, int(r.ContentLength))
	}
	if r.ContentLength > 0 {
		return readAnnounced(r.Body, int(r.ContentLength))
	}
	return readChunks(w, r, limit)
}

// firstRead has room for all bodies but large PATCHes.
const firstRead = 4 << 10

// readAnnounced reads a body whose length is known. What has not come takes no
// memory: a thousand strangers who announce 128 KiB and send nothing would take 128
// MiB for the time that a request may last.
func readAnnounced(from io.Reader, length int) ([]byte, error) {
	body := make([]byte, min(length, firstRead))
	for have := 0; ; {
		n, err := io.ReadFull(from, body[have:])
		have += n
		if err != nil {
			return nil, badBody(fmt.Sprintf("broke off after %d bytes", have))
		}
		if have == length {
			return body, nil
		}
		body = append(body, make([]byte, min(length-have, have))...)
	}
}

// readChunks reads a body whose length was not announced.
func readChunks(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		return nil, model.TooLarge(limit, limit+1)
	}
	if err != nil {
		return nil, badBody(fmt.Sprintf("broke off after %d bytes", len(body)))
	}
	return body, nil
}

// checkMediaType lets through what is JSON, and what curl sends when nobody has
// told it what it sends.
func checkMediaType(header http.Header) error {
	if encoding := first(header, "Content-Encoding"); encoding != "" && encoding != "identity" {
		return model.Errorf(model.UnsupportedMediaType, "a body is sent as it is here, without Content-Encoding %.50q", encoding)
	}
	text := first(header, "Content-Type")
	if text == "" || text == "application/json" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(text)
	// What ends in +json means something of its own: a merge patch removes with null (RFC
	// 7396), and null is a value here.
	if err != nil || kind != "application/json" && kind != "application/x-www-form-urlencoded" {
		return model.Errorf(model.UnsupportedMediaType, "a body is application/json here, not %.100q", text)
	}
	return nil
}

func badBody(detail string) error {
	return model.InvalidFields(model.FieldError{Field: "body", Detail: detail})
}

func invalidJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return model.Errorf(model.InvalidJSON, "the body is not JSON: it breaks off")
	}
	return model.Errorf(model.InvalidJSON, "the body is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// clip keeps a name that a stranger chose from filling an answer or a log.
func clip(text string) string { return clipTo(text, 100) }

func clipTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

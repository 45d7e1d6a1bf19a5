package peer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Event is one server-sent event.
type Event struct {
	Name, ID, Data string
}

// Stream is an open stream.
type Stream struct {
	body   io.ReadCloser
	lines  *bufio.Reader
	cancel context.CancelFunc
	Header http.Header
	// Retry is the last time to come back after that the server has named.
	Retry string
}

// Refusal is the error of a stream that was not opened: any status but 200.
type Refusal struct {
	Status int
	Text   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("observe: status %d: %s", r.Status, r.Text) }

// Observe opens a stream of the keys; since is a position, or empty.
func (p *Peer) Observe(ctx context.Context, keys, since string) (*Stream, error) {
	return p.open(ctx, "/observe?keys="+url.QueryEscape(keys), since)
}

// ObserveAll opens a stream of everything: all keys, and who comes and goes.
func (p *Peer) ObserveAll(ctx context.Context, since string) (*Stream, error) {
	return p.open(ctx, "/observe?keys=*&peers=true", since)
}

func (p *Peer) open(ctx context.Context, path, since string) (*Stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	target := p.URL + path + "&access_token=" + p.Token
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		cancel()
		return nil, err
	}
	if since != "" {
		request.Header.Set("Last-Event-ID", since)
	}
	response, err := p.HTTP.Do(request)
	if err != nil {
		cancel()
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		cancel()
		return nil, &Refusal{Status: response.StatusCode, Text: string(text)}
	}
	stream := NewStream(response.Body)
	stream.cancel, stream.Header = cancel, response.Header
	return stream, nil
}

// NewStream reads a stream from the body of an answer.
func NewStream(body io.ReadCloser) *Stream {
	return &Stream{body: body, lines: bufio.NewReader(body), cancel: func() {}}
}

// Next is the next event; comments are passed over. io.EOF is a stream
// that ended between events.
func (s *Stream) Next() (Event, error) {
	var event Event
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			if line != "" || event != (Event{}) {
				return Event{}, io.ErrUnexpectedEOF
			}
			return Event{}, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && event.Data != "":
			return event, nil
		case name == "event":
			event.Name = value
		case name == "id":
			event.ID = value
		case name == "data":
			event.Data = value
		case name == "retry":
			s.Retry = value
		}
	}
}

// Close cuts the connection.
func (s *Stream) Close() {
	s.cancel()
	_ = s.body.Close()
}

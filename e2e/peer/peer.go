// Package peer is a peer as tests and measurements drive it: it calls a server
// over HTTP, reads streams, and keeps a replica of what they say.
//
//	Join ──▶ Peer ──▶ Call, Put, Remove
//	          └──▶ Observe ──▶ Stream.Next ──▶ Replica.Apply, which checks the
//	                                           promises of the contract
package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Peer is one member of a room.
type Peer struct {
	HTTP    *http.Client
	URL     string // of the room
	ID      string
	Token   string
	Session string
}

// Answer is what came back from a call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Field is a member of an answer that is an object, as JSON; empty if there is
// none.
func (a Answer) Field(name string) string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(a.Body, &members) // what is no object has no members
	return string(members[name])
}

// Join makes a new peer in the room of the server at base.
func Join(ctx context.Context, base, room string) (*Peer, error) {
	p := &Peer{HTTP: http.DefaultClient, URL: base + "/rooms/" + url.PathEscape(room)}
	answer, err := p.Call(ctx, http.MethodPost, "/join", "")
	if err != nil {
		return nil, err
	}
	var joined struct {
		Session, Token string
		Peer           struct{ ID string }
	}
	if err := json.Unmarshal(answer.Body, &joined); err != nil || answer.Status != http.StatusCreated {
		return nil, fmt.Errorf("join %s: status %d: %s", room, answer.Status, answer.Body)
	}
	p.ID, p.Token, p.Session = joined.Peer.ID, joined.Token, joined.Session
	return p, nil
}

// At is the same peer, as it calls another node.
func (p *Peer) At(base string) *Peer {
	at := *p
	_, room, _ := strings.Cut(p.URL, "/rooms/")
	at.URL = base + "/rooms/" + room
	return &at
}

// Call sends a request about the room; headers are names and values in turn.
func (p *Peer) Call(ctx context.Context, method, path, body string, headers ...string) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, p.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return Answer{}, err
	}
	if p.Token != "" {
		request.Header.Set("Authorization", "Bearer "+p.Token)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.HTTP.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: data}, err
}

// Put sets a key to a value, which is JSON.
func (p *Peer) Put(ctx context.Context, key, value string, headers ...string) (Answer, error) {
	return p.Call(ctx, http.MethodPut, "/store/"+url.PathEscape(key), `{"value":`+value+`}`, headers...)
}

// Remove removes a key.
func (p *Peer) Remove(ctx context.Context, key string, headers ...string) (Answer, error) {
	return p.Call(ctx, http.MethodDelete, "/store/"+url.PathEscape(key), "", headers...)
}

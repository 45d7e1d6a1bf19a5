package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"session-store/e2e/peer"
)

// requestAttacks are those that ask for much, or for what they may not have.
func requestAttacks() []attack {
	return []attack{
		{
			name: "joins", says: "%d a second, each into a room of its own, where 200 may join", size: 1000,
			flags: []string{"--join-rate", "200"}, run: joinFlood, height: 120,
		},
		{
			name: "rooms", says: "%d joins a second, each into a room of its own, where there may be 100 rooms", size: 1000,
			flags: []string{"--max-rooms", "100"}, run: roomFlood, height: 120,
		},
		{name: "guessed tokens", says: "%d a second, for the room of the neighbour", size: 1500, run: guesses, height: 100},
		{name: "pipelined writes", says: "%d at once on each of 4 connections, again and again", size: 500, run: pipelines, height: 100},
		{name: "giant requests", says: "%d a second: 16 MB, 32,000 wrong keys, 60,000 brackets, 100 KB of header", size: 20, run: giants, height: 160},
	}
}

func joinFlood(s *siege, inPlace func()) error {
	return s.joins(inPlace, http.StatusTooManyRequests)
}

func roomFlood(s *siege, inPlace func()) error {
	return s.joins(inPlace, http.StatusServiceUnavailable)
}

// joins floods, and is in place once it is refused.
func (s *siege) joins(inPlace func(), refused int) error {
	refusals := 0
	client := s.client()
	return s.pace(s.size, func(i int) error {
		stranger := &peer.Peer{HTTP: client, URL: fmt.Sprint(s.url, "/rooms/flood", i)}
		answer, err := stranger.Call(s, http.MethodPost, "/join", "")
		switch {
		case err != nil:
			return err
		case answer.Status == refused:
			if refusals++; refusals == 100 {
				inPlace()
			}
		case answer.Status != http.StatusCreated:
			return fmt.Errorf("a join is answered with %d: %s", answer.Status, answer.Body)
		}
		return nil
	})
}

func guesses(s *siege, inPlace func()) error {
	inPlace()
	stranger := &peer.Peer{HTTP: s.client(), URL: s.url + "/rooms/neighbour"}
	return s.pace(s.size, func(i int) error {
		stranger.Token = fmt.Sprintf("guess.%026d", i)
		answer, err := stranger.Call(s, http.MethodGet, "/store", "")
		if err == nil && answer.Status != http.StatusUnauthorized {
			err = fmt.Errorf("a guess is answered with %d: %s", answer.Status, answer.Body)
		}
		return err
	})
}

func pipelines(s *siege, inPlace func()) error {
	p, err := s.enter("pipelined")
	if p == nil {
		return err
	}
	if _, err := p.Put(s, "k", "0"); err != nil {
		return s.unlessOver(err)
	}
	inPlace()
	batch := strings.Repeat(request(p, "PUT", "/store/k", `{"value":"pipelined"}`), s.size)
	pipeline := func() error {
		conn, err := s.dial()
		if err != nil {
			return s.unlessOver(err)
		}
		return s.pace(4, func(int) error {
			return together(
				func() error { _, err := io.WriteString(conn, batch); return err },
				func() error { return answers(conn, s.size, http.StatusOK) },
			)
		})
	}
	return together(pipeline, pipeline, pipeline, pipeline)
}

// giant is a request that is large in one way, and how it is refused.
type giant struct {
	method, path, body string
	header             [2]string
	status             int
}

func hugeRequests() []giant {
	deep := strings.Repeat("[", 60_000)
	wrong := `{"remove":[` + strings.TrimSuffix(strings.Repeat(`"*",`, 32_000), ",") + `]}`
	return []giant{
		{method: "PUT", path: "/store/k", body: strings.Repeat(" ", 16<<20), status: http.StatusRequestEntityTooLarge},
		{method: "PATCH", path: "/store", body: wrong, status: http.StatusBadRequest},
		{method: "PUT", path: "/store/k", body: `{"value":` + deep, status: http.StatusBadRequest},
		{method: "GET", path: "/store", header: [2]string{"X-Long", strings.Repeat("x", 100_000)}, status: http.StatusRequestHeaderFieldsTooLarge},
	}
}

func giants(s *siege, inPlace func()) error {
	p, err := s.enter("giants")
	if p == nil {
		return err
	}
	inPlace()
	all := hugeRequests()
	return s.pace(s.size, func(i int) error {
		g := all[i%len(all)]
		var headers []string
		if g.header[0] != "" {
			headers = g.header[:]
		}
		answer, err := p.Call(s, g.method, g.path, g.body, headers...)
		if err != nil {
			return fmt.Errorf("%s %s with %d bytes: %w", g.method, g.path, len(g.body), err)
		}
		if answer.Status != g.status {
			return fmt.Errorf("%s %s with %d bytes is answered with %d: %.200s", g.method, g.path, len(g.body), answer.Status, answer.Body)
		}
		return nil
	})
}

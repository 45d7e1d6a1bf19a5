package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"session-store/e2e/peer"
)

// connectionAttacks are those that have many connections and say little on them.
func connectionAttacks() []attack {
	return []attack{
		{name: "slow headers", says: "%d connections, each a byte of a header every 200 ms", size: 1500, run: slowHeaders, height: 120},
		{name: "slow bodies", says: "%d connections, each a byte of a body of 60 KB every 200 ms", size: 1500, run: slowBodies, height: 120},
		{
			name: "idle connections", says: "%d a second, all kept open, where 1,000 may wait", size: 1000,
			flags: []string{"--max-idle-connections", "1000"}, run: idleConnections, height: 120,
		},
		{name: "broken connections", says: "%d a second, reset in the middle of a header", size: 1000, run: brokenConnections, height: 100},
		{name: "streams that are cut", says: "%d a second, opened and reset", size: 200, run: cutStreams, height: 100},
		{
			name: "stalled streams", says: "%d of a full room that is written to 200 times a second", size: 1000,
			flags: []string{"--peer-timeout", "6s"}, run: stalledStreams, height: 160,
		},
		{name: "answers that nobody reads", says: "%d connections, each asking for 64 KB 20 times", size: 300, run: unreadAnswers, height: 160},
		{
			name: "lists that nobody reads", says: "%d streams, each told a room of 2,000 peers, with another peer for each", size: 200,
			flags: []string{"--peer-timeout", "6s", "--max-unread-bytes", fmt.Sprint(16 << 20)}, run: unreadLists, height: 160,
		},
	}
}

// drip says a byte on each connection every 200 ms.
func (s *siege) drip(conns []net.Conn) error {
	return s.pace(5, func(int) error {
		for _, conn := range conns {
			_, _ = io.WriteString(conn, "a") // closed: the server has had enough
		}
		return nil
	})
}

func slowHeaders(s *siege, inPlace func()) error {
	conns, err := s.hold("GET /rooms/x HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	if err != nil {
		return err
	}
	inPlace()
	return s.drip(conns)
}

func slowBodies(s *siege, inPlace func()) error {
	conns, err := s.hold("POST /rooms/x/join HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{\"name\":\"")
	if err != nil {
		return err
	}
	inPlace()
	return s.drip(conns)
}

const smallest = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

func idleConnections(s *siege, inPlace func()) error {
	return s.pace(s.size, func(i int) error {
		if i == 2*s.size {
			inPlace()
		}
		conn, err := s.dial()
		if err == nil {
			_, _ = io.WriteString(conn, smallest)
		}
		return err
	})
}

func brokenConnections(s *siege, inPlace func()) error {
	inPlace()
	return s.pace(s.size, func(int) error {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		_, err = io.WriteString(conn, "GET /rooms/x HTTP/1.1\r\nHo")
		cut(conn)
		return err
	})
}

func cutStreams(s *siege, inPlace func()) error {
	p, err := s.enter("cut")
	if p == nil {
		return err
	}
	inPlace()
	return s.pace(s.size, func(int) error {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		defer cut(conn)
		_, err = io.WriteString(conn, request(p, "GET", "/observe?keys=*", ""))
		if err == nil {
			_, err = bufio.NewReader(conn).ReadString('\n')
		}
		return err
	})
}

func stalledStreams(s *siege, inPlace func()) error {
	p, err := s.enter("stalled")
	if p == nil {
		return err
	}
	if err := s.fill(p); err != nil {
		return err
	}
	const ofOnePeer = 500 // it may have 1,000
	var reader *peer.Peer
	for i := range s.size {
		if i%ofOnePeer == 0 {
			if reader, err = s.enter("stalled"); reader == nil {
				return err
			}
		}
		if err := s.stall(reader, "/observe?keys=*"); err != nil {
			return s.unlessOver(err)
		}
	}
	written := 0
	return s.pace(200, func(i int) error {
		if written++; written == 200 {
			inPlace()
		}
		return s.write(p, i%fullRoom, fmt.Sprintf("%1000d", i+1))
	})
}

// stall opens a stream of which nothing but the first bytes is read.
func (s *siege) stall(p *peer.Peer, path string) error {
	conn, err := s.dial()
	if err != nil {
		return err
	}
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	if _, err := io.WriteString(conn, request(p, "GET", path, "")); err != nil {
		return err
	}
	const opened = "HTTP/1.1 200"
	said := make([]byte, len(opened))
	if _, err := io.ReadFull(conn, said); err != nil || string(said) != opened {
		return fmt.Errorf("a stream that is to be stalled is answered with %q, %w", said, err)
	}
	return nil
}

func unreadAnswers(s *siege, inPlace func()) error {
	p, err := s.enter("unread")
	if p == nil {
		return err
	}
	if err := s.fill(p); err != nil {
		return err
	}
	conns, err := s.hold("")
	if err != nil {
		return err
	}
	for _, conn := range conns {
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // the server reads no further
		for range 20 {
			_, _ = io.WriteString(conn, request(p, "GET", "/store", ""))
		}
	}
	inPlace()
	return s.pass()
}

// unreadLists opens streams that begin with a long list, each with another one.
func unreadLists(s *siege, inPlace func()) error {
	client, name := s.client(), fmt.Sprintf(`{"name":%q}`, strings.Repeat("\U0001F642", 64))
	come := func() (*peer.Peer, error) {
		p := &peer.Peer{HTTP: client, URL: s.url + "/rooms/lists"}
		answer, err := p.Call(s, http.MethodPost, "/join", name)
		if err == nil && answer.Status != http.StatusCreated {
			err = fmt.Errorf("a join is answered with %d: %s", answer.Status, answer.Body)
		}
		p.Token = strings.Trim(answer.Field("token"), `"`)
		return p, s.unlessOver(err)
	}
	for range 2000 {
		if _, err := come(); err != nil {
			return err
		}
	}
	return s.pace(150, func(i int) error {
		if i == s.size {
			inPlace()
		}
		p, err := come()
		if err != nil || s.Err() != nil {
			return err
		}
		return s.stall(p, "/observe?keys=*&peers=true")
	})
}

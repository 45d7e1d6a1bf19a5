package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"session-store/e2e/peer"
)

// siege is an attack that goes on, until its context is done.
type siege struct {
	context.Context
	addr, url string
	size      int

	mu    sync.Mutex
	conns []net.Conn
}

func newSiege(ctx context.Context, server besieged, size int) *siege {
	return &siege{Context: ctx, addr: server.addr, url: server.url, size: size}
}

// over closes what the attack has open.
func (s *siege) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.conns = nil
}

// dial opens a connection that is closed when the attack is over.
func (s *siege) dial() (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(s, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, conn)
	return conn, nil
}

// hold opens as many connections as the attack is large, and says something on each.
func (s *siege) hold(text string) ([]net.Conn, error) {
	var held []net.Conn
	for range s.size {
		conn, err := s.dial()
		if err != nil {
			return nil, s.unlessOver(err)
		}
		_, _ = io.WriteString(conn, text) // the server may have closed it by now
		held = append(held, conn)
	}
	return held, nil
}

// unlessOver is the error, or nil if it only says that the attack is over.
func (s *siege) unlessOver(err error) error {
	if s.Err() != nil {
		return nil
	}
	return err
}

// pace does something so many times a second until the attack is over; what is late
// is caught up with.
func (s *siege) pace(perSecond int, do func(i int) error) error {
	const beat = 10 * time.Millisecond
	beats := time.NewTicker(beat)
	defer beats.Stop()
	begin, done := time.Now(), 0
	for {
		select {
		case <-s.Done():
			return nil
		case <-beats.C:
		}
		for due := int(time.Since(begin).Seconds() * float64(perSecond)); done < due; done++ {
			if err := do(done); err != nil || s.Err() != nil {
				return s.unlessOver(err)
			}
		}
	}
}

// together runs all of them, and gives what went wrong.
func together(all ...func() error) error {
	var group sync.WaitGroup
	faults := make([]error, len(all))
	for i, one := range all {
		group.Go(func() { faults[i] = one() })
	}
	group.Wait()
	return errors.Join(faults...)
}

// client has connections of its own.
func (s *siege) client() *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	context.AfterFunc(s, transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// enter joins a room as anybody may.
func (s *siege) enter(room string) (*peer.Peer, error) {
	p, err := peer.Join(s, s.url, room)
	if err != nil {
		return nil, s.unlessOver(err)
	}
	p.HTTP = s.client()
	return p, nil
}

// fullRoom is how many keys of 1,000 bytes a room may hold.
const fullRoom = 62

// fill gives the room of the peer as much as it may hold.
func (s *siege) fill(p *peer.Peer) error {
	for i := range fullRoom {
		if err := s.write(p, i, `"`+strings.Repeat("x", 1000)+`"`); err != nil {
			return err
		}
	}
	return nil
}

// write sets the key of the number, and wants that to be done.
func (s *siege) write(p *peer.Peer, number int, value string) error {
	answer, err := p.Put(s, fmt.Sprint("key", number), value)
	if err == nil && answer.Status >= 300 {
		err = fmt.Errorf("a write into a full room: %d %s", answer.Status, answer.Body)
	}
	return s.unlessOver(err)
}

// request is the text of a call of the peer.
func request(p *peer.Peer, method, path, body string) string {
	_, room, _ := strings.Cut(p.URL, "/rooms/")
	return fmt.Sprintf("%s /rooms/%s%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		method, room, path, p.Token, len(body), body)
}

// answers reads so many answers, and wants each to have the status.
func answers(conn net.Conn, count, status int) error {
	reader := bufio.NewReader(conn)
	for range count {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if response.StatusCode != status {
			return fmt.Errorf("the answer is %d, want %d", response.StatusCode, status)
		}
	}
	return nil
}

// cut resets a connection, as a machine does that is switched off and on.
func cut(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// pass waits until the attack is over.
func (s *siege) pass() error {
	<-s.Done()
	return nil
}

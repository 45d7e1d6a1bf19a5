package routes

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"session-store/model"
)

// sizes notes how much is written at a time.
type sizes struct {
	bytes.Buffer
	largest int
}

func (s *sizes) Write(p []byte) (int, error) {
	s.largest = max(s.largest, len(p))
	return s.Buffer.Write(p)
}

// In pieces or as a whole, it is the same.
func TestPeersInPiecesAreTheSame(t *testing.T) {
	for _, count := range []int{0, 1, 2, 100, 5000} {
		list := model.PeerList{Peers: []*model.Peer{}}
		for i := range count {
			list.Peers = append(list.Peers, &model.Peer{ID: fmt.Sprint("id", i), Name: `<é"\>`, Role: "host", JoinedAt: model.Time(i)})
		}
		var written sizes
		writeBody(&written, list)
		if want := encode(list); !bytes.Equal(written.Bytes(), want) {
			t.Errorf("%d peers are %d bytes, want %d", count, written.Len(), len(want))
		}
		if written.largest > pieceBytes+1024 {
			t.Errorf("%d peers: a piece has %d bytes", count, written.largest)
		}
	}
}

// gone is a client that has gone after the first piece.
type gone struct{ writes int }

func (g *gone) Write([]byte) (int, error) {
	g.writes++
	return 0, errors.New("broken pipe")
}

func TestPeersForNobodyAreNotMade(t *testing.T) {
	var g gone
	writeBody(&g, model.PeerList{Peers: make([]*model.Peer, 100_000)})
	if g.writes != 1 {
		t.Errorf("%d pieces were written to one who has gone", g.writes)
	}
}

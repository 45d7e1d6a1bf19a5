package room

import (
	"encoding/json"
	"sync"

	"session-store/model"
	"session-store/sse"
)

// source shows a room to its hub, without showing its methods to everybody.
type source struct{ room *Room }

// CatchUp builds what a reader has missed from the session as it is.
func (s source) CatchUp(cursor sse.Cursor, filter sse.Filter) ([]byte, sse.Cursor) {
	news := s.missed(cursor, filter.(model.View)) // the only filters that a room gives to its hub
	now := sse.At(news.at.Revision)
	if !news.anew && len(news.set)+len(news.removed) == 0 {
		return nil, now
	}
	return s.room.recall.of(news), now
}

// missed finds it. To encode it takes longer, and no writer waits for that: entries stay
// as they are.
func (s source) missed(cursor sse.Cursor, view model.View) told {
	s.room.mu.RLock()
	defer s.room.mu.RUnlock()
	session := s.room.session
	news := told{anew: !cursor.Known, at: session.Position()}
	if cursor.Known {
		var ok bool
		news.set, news.removed, ok = session.Since(cursor.Revision, view)
		news.anew = !ok
	}
	if news.anew {
		news.set = session.Entries(view)
	}
	return news
}

// Peers gives the list of all.
func (s source) Peers() ([]byte, sse.Cursor) {
	s.room.mu.RLock()
	defer s.room.mu.RUnlock()
	return s.room.roster.of(s.room.session), sse.At(s.room.moves)
}

// roster remembers the event with the list of all peers, for those who ask before
// somebody else comes or goes: it is the one event that a stranger can make long, and
// many readers that do not read it shall have it once among them.
type roster struct {
	mu   sync.Mutex // taken under Room.mu, held for reading
	data []byte
}

func (l *roster) of(session *model.Session) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.data == nil {
		l.data = sse.Peers(encode(model.PeerList{Peers: session.Peers()}))
	}
	return l.data
}

func (l *roster) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.data = nil
}

// peersFrameOf encodes who has come and gone.
func peersFrameOf(number uint64, moves model.PeerMoves) *sse.Frame {
	return sse.NewPeersFrame(number, encode(moves))
}

// encode is for what has nobody's values in it.
func encode(body any) []byte {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // no type of ours can fail
	}
	return data
}

// frameOf encodes a change of entries.
func frameOf(change *model.Change) *sse.Frame {
	return sse.NewFrame(change.Session, change.Revision, membersOf(change.Set, change.Removed))
}

func membersOf(set []*model.Entry, removed []model.Removal) []sse.Member {
	members := make([]sse.Member, 0, len(set)+len(removed))
	for _, entry := range set {
		members = append(members, sse.Member{
			Key: entry.Key, Name: model.AppendString(nil, entry.Key), Value: entry.JSON(),
		})
	}
	for _, removal := range removed {
		members = append(members, sse.Member{
			Key: removal.Key, Removed: true,
			Name: model.AppendString(nil, removal.Key), Value: removal.AppendJSON(nil),
		})
	}
	return members
}

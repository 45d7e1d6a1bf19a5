package room_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
)

// FuzzGrants plays a script: its bytes are the grants of a reader, and what others
// and it write, patch, remove, let expire and leave behind. After each step nothing
// that the reader was sent or may read has a byte of a key that its grants hide, or
// of its value; and what it may read, it ends equal to.
func FuzzGrants(f *testing.F) {
	for seed := range byte(16) {
		random := rand.NewChaCha8([32]byte{seed})
		script := make([]byte, 120)
		_, _ = random.Read(script) // never fails
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		synctest.Test(t, func(t *testing.T) {
			n := &node{t, room.NewRegistry(room.Config{
				Journal: memory.New(), NewSessionID: auth.NewSessionID,
				// Room for all values, so that nothing but grants is in the way.
				Limits: model.Limits{Keys: 100},
			})}
			newSpy(n, script[:min(len(script), 120)]).play()
			n.closeAtOnce()
		})
	})
}

// The keys have a mark each that stands nowhere else, and each value of a key has
// the mark of its key. Some have escapes in JSON, which must be no way around.
var (
	marks    = []string{"AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF", "GGGG", "HHHH"}
	fuzzKeys = []string{"xAAAA", "xBBBB", "hand.CCCC", "hand.DDDD", `"EEEE\`, "ü/FFFF", "GGGG", "hand.xHHHH"}
	patterns = []string{"x*", "hand.*", "hand.x*", "xAAAA", "xBBBB", "hand.CCCC", `"EEEE\`, "ü*", "GGGG", "*", `"*`, "hand.DDDD"}
)

// spy is a reader who looks for what it must not see, and the script's others.
type spy struct {
	*node
	script []byte

	owner  *room.Caller // may do everything, and keeps the session
	guest  *room.Caller // comes and goes, and has ephemeral entries
	reader *room.Caller
	grants *model.Grants // the reader's
	wrote  int           // values that were written: no two are the same

	// streams are read after each step, lazy at times, so that what it missed
	// reaches it as one event.
	streams []*spyStream
	lazy    *spyStream
}

func newSpy(n *node, script []byte) *spy {
	s := &spy{node: n, script: script}
	s.owner, _ = n.joinAs("a", "owner", nil)
	n.observe(s.owner, everything) // keeps it alive
	s.inviteGuest()
	s.grants = s.someGrants()
	s.reader, _ = n.joinAs("a", "reader", s.grants)
	s.open(withAll)
	s.open(room.Observe{Keys: model.NewKeys([]string{"hand.*", "x*"})})
	s.open(withAll)
	s.lazy, s.streams = s.streams[2], s.streams[:2]
	return s
}

func (s *spy) inviteGuest() {
	s.guest, _ = s.joinAs("a", "guest", nil)
	s.observe(s.guest, everything) // keeps it alive
}

var withAll = room.Observe{Keys: model.AllKeys(), Peers: true}

// next is the next byte of the script, and 0 behind its end.
func (s *spy) next() byte {
	if len(s.script) == 0 {
		return 0
	}
	b := s.script[0]
	s.script = s.script[1:]
	return b
}

func (s *spy) someGrants() *model.Grants {
	return &model.Grants{Read: s.somePatterns(), Write: s.somePatterns()}
}

func (s *spy) somePatterns() model.Keys {
	var some []string
	for range s.next() % 4 {
		some = append(some, patterns[int(s.next())%len(patterns)])
	}
	return model.NewKeys(some)
}

func (s *spy) play() {
	for len(s.script) > 0 {
		s.step()
		for _, stream := range s.streams {
			s.read(stream)
		}
		if s.next()%8 == 0 {
			s.read(s.lazy)
		}
		s.checkReads()
	}
	for _, stream := range append(s.streams, s.lazy) {
		s.read(stream)
		s.checkEqual(stream)
	}
	s.checkEqual(s.open(withAll))
}

func (s *spy) step() {
	switch op := s.next() % 12; op {
	case 0, 1, 2, 3:
		s.tryWrite([]*room.Caller{s.owner, s.guest, s.reader}[op%3], s.someWrite())
	case 4:
		key := fuzzKeys[int(s.next())%len(fuzzKeys)]
		s.tryWrite(s.guest, ephemeral(set(key, s.value(key))))
	case 5:
		key := fuzzKeys[int(s.next())%len(fuzzKeys)]
		s.tryWrite(s.owner, lasting(set(key, s.value(key)), time.Second))
	case 6:
		time.Sleep(time.Second)
		synctest.Wait()
	case 7:
		s.must(s.guest.Leave(s.Context()))
		s.inviteGuest()
	case 8: // cut off, and back from where it was
		s.resume(int(s.next()) % len(s.streams))
	case 9: // more than the tail keeps
		for range 300 {
			key := fuzzKeys[int(s.next())%len(fuzzKeys)]
			s.tryWrite(s.owner, set(key, s.value(key)))
		}
	case 10:
		s.renew()
	case 11:
		s.conditional()
	}
}

// someWrite sets and removes some keys at once.
func (s *spy) someWrite() (w model.Write) {
	bits, removed := s.next(), s.next()
	for i, key := range fuzzKeys {
		switch {
		case bits>>i&1 == 1:
			w.Set = append(w.Set, model.Assignment{Key: key, Value: model.Value(s.value(key))})
		case removed>>i&1 == 1:
			w.Remove = append(w.Remove, key)
		}
	}
	return w
}

// value is a new value for the key, with its mark.
func (s *spy) value(key string) string {
	s.wrote++
	return fmt.Sprintf(`{"%s":%d}`, markOf(key), s.wrote)
}

func markOf(key string) string {
	for _, mark := range marks {
		if strings.Contains(key, mark) {
			return mark
		}
	}
	return "no mark"
}

// tryWrite writes; a refusal for want of a grant is all that may come of it.
func (s *spy) tryWrite(caller *room.Caller, w model.Write) {
	s.Helper()
	if _, err := caller.Write(s.Context(), w); err != nil {
		s.wantCode(err, model.Forbidden)
	}
}

// conditional writes as the reader under a condition, whose failure shows the
// entry as it is.
func (s *spy) conditional() {
	key := fuzzKeys[int(s.next())%len(fuzzKeys)]
	w := set(key, s.value(key))
	w.If, _ = model.ParseCondition([]string{"*", `"none-1"`, ""}[s.next()%3], "*")
	if _, err := s.reader.Write(s.Context(), w); err != nil {
		text := fmt.Sprintf("%+v", err)
		if refusal, ok := err.(*model.Error); ok && refusal.Current != nil {
			text += string(refusal.Current.AppendJSON(nil))
		}
		// Its own key is what it asked for.
		s.checkHidden("a refusal", strings.ReplaceAll(text, fmt.Sprintf("%q", key), ""))
	}
}

// renew gives the reader other grants: what it is shown from now on is theirs.
func (s *spy) renew() {
	s.grants = s.someGrants()
	now, err := s.reader.Renew(s.Context(), "READER", "", s.grants)
	s.must(err)
	s.reader = now
}

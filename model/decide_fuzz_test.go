package model_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"session-store/model"
)

// FuzzDecide plays a script: its bytes are mutations by a few peers of a few
// keys. After each of them all that this package promises is looked at.
func FuzzDecide(f *testing.F) {
	f.Add([]byte{})
	// Roomy limits: 600 keys come and go, again and again, until removals are
	// forgotten. Two bytes behind each change are the reader's.
	many := func(batch string) string { return "\x07\x00" + batch + "\x00\x00" + "\x01\x00" }
	f.Add([]byte("\x01" + "\x00\x00\x00\x00" + many("\x00") + many("\x01") + many("\x00") + many("\x00") + many("\x02") + "\x03\x00\x00\x01\x00\x00\x00"))
	for seed := range byte(8) {
		random := rand.NewChaCha8([32]byte{seed})
		script := make([]byte, 160)
		_, _ = random.Read(script) // never fails
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 160 {
			script = script[:160]
		}
		g := newGame(t, script)
		for len(g.script) > 0 {
			for _, m := range g.mutations() {
				g.play(m)
			}
		}
	})
}

var (
	someLimits   = []model.Limits{{ValueBytes: 6, Keys: 3, TotalBytes: 16, Peers: 2}, {ValueBytes: 20, Keys: 1000, TotalBytes: 1 << 20}}
	somePeers    = []string{"ann", "bob", "cat"}
	someKeys     = []string{"a", "b", "hand.1", "hand.é", "z"}
	someValues   = []string{"null", "1", `"xx"`, "1e400", `"too long"`, `"é"`}
	somePatterns = [][]string{{"*"}, {"a", "b"}, {"hand.*"}, {"z", "c*"}, {}}
	someSubjects = []string{"", "u1", "u2"}
)

// game is one run of a script.
type game struct {
	t      *testing.T
	script []byte

	session *model.Session
	twin    *model.Session // is given the same changes
	begun   int            // joins: no session id comes twice
	now     model.Time     // it rises only
	// past is what the entries were at each revision of this session, as the
	// changes told it.
	past []map[string]string
	gone map[string]bool // keys that were ever removed in this session
}

func newGame(t *testing.T, script []byte) *game {
	g := &game{t: t, script: script, now: at}
	limits := someLimits[int(g.next())%len(someLimits)]
	g.session, g.twin = model.NewSession(limits), model.NewSession(limits)
	g.restart()
	return g
}

func (g *game) restart() { g.past, g.gone = []map[string]string{{}}, map[string]bool{} }

// next is the next byte of the script, and 0 behind its end.
func (g *game) next() byte {
	if len(g.script) == 0 {
		return 0
	}
	b := g.script[0]
	g.script = g.script[1:]
	return b
}

func pick[T any](g *game, list []T) T { return list[int(g.next())%len(list)] }

// some are those of the list whose bits are set.
func some(bits byte, list []string) (picked []string) {
	for i, text := range list {
		if bits>>i&1 == 1 {
			picked = append(picked, text)
		}
	}
	return picked
}

func (g *game) mutations() []model.Mutation {
	op := g.next() % 12
	switch op {
	case 0:
		return []model.Mutation{g.join(nil)}
	case 1:
		return []model.Mutation{leave(some(g.next(), somePeers)...)}
	case 8:
		return []model.Mutation{g.join(g.grants())}
	case 9:
		g.now += model.Time(g.next()) * 10
		return []model.Mutation{model.Expire{At: g.now}}
	case 10:
		return []model.Mutation{model.Renew{Peer: pick(g, somePeers), Name: "new", Grants: g.grants(), At: g.now}}
	}
	peer := pick(g, somePeers)
	switch op {
	case 2, 3, 4:
		key := pick(g, someKeys)
		return []model.Mutation{g.conditional(g.write(set(peer, key, pick(g, someValues))), key)}
	case 5:
		key := pick(g, someKeys)
		return []model.Mutation{g.conditional(remove(peer, key), key)}
	case 6:
		bits := g.next()
		patch := model.Write{By: peer, Remove: some(g.next()&^bits, someKeys)}
		for _, key := range some(bits, someKeys) {
			patch.Set = append(patch.Set, model.Assignment{Key: key, Value: model.Value(pick(g, someValues))})
		}
		return []model.Mutation{g.write(patch)}
	case 11:
		return []model.Mutation{g.passing(peer)}
	}
	// Few batches: their keys come back, and are removed again.
	batch := g.next() % 3
	many, none := model.Write{By: peer, At: g.now}, model.Write{By: peer, At: g.now}
	for i := range 600 {
		key := fmt.Sprintf("c%d.%d", batch, i)
		many.Set = append(many.Set, model.Assignment{Key: key, Value: model.Value("1")})
		none.Remove = append(none.Remove, key)
	}
	return []model.Mutation{many, none}
}

func (g *game) join(grants *model.Grants) model.Join {
	g.begun++
	m := join(pick(g, somePeers), at+model.Time(g.begun))
	m.Session, m.Peer.Grants = fmt.Sprintf("s%d", g.begun), grants
	return m
}

// write is the write as of now.
func (g *game) write(w model.Write) model.Write {
	w.At = g.now
	return w
}

// passing is a write of an entry that goes by itself, by a peer or by an admin.
func (g *game) passing(peer string) model.Write {
	w := g.write(set(peer, pick(g, someKeys), pick(g, someValues)))
	bits := g.next()
	w.Set[0].Ephemeral = bits&1 != 0
	w.Set[0].TTL = time.Duration(bits>>1&7) * 300 * time.Millisecond
	if bits&16 != 0 {
		w.As = &model.Grants{Admin: true}
	}
	if bits&32 != 0 {
		w.By = "backend"
	}
	return w
}

func (g *game) grants() *model.Grants {
	bits := g.next()
	grants := grant(pick(g, somePatterns), pick(g, somePatterns))
	grants.Subject, grants.Admin = someSubjects[int(bits)%len(someSubjects)], bits&32 != 0
	if bits&64 != 0 {
		grants.Expires = g.now + model.Time(g.next())*20
	}
	return grants
}

func (g *game) conditional(w model.Write, key string) model.Write {
	position := model.Position{Session: g.session.ID(), Revision: 1}
	if entry := g.session.Entry(key); entry != nil {
		position.Revision = entry.Revision
	}
	switch g.next() % 8 {
	case 1:
		w.If = condition(g.t, "*", "")
	case 2:
		w.If = condition(g.t, "", "*")
	case 3:
		w.If = condition(g.t, position.ETag(), "")
	case 4:
		w.If = condition(g.t, `"s1-1"`, "")
	case 5:
		w.If = condition(g.t, "", "W/"+position.ETag())
	}
	return w
}

func (g *game) play(m model.Mutation) {
	g.t.Helper()
	before := view(g.session)
	change, err := g.session.Decide(m)
	if after := view(g.session); after != before {
		g.t.Fatalf("Decide(%+v) changed the session\nfrom\n%s\nto\n%s", m, before, after)
	}
	if err != nil {
		g.checkRefusal(m, change, err)
		return
	}
	g.checkOverdue(m)
	if change == nil {
		return
	}
	g.checkRevision(change)
	g.checkCause(m, change)
	g.session.Apply(change)
	g.twin.Apply(change)
	g.remember(change)
	g.checkEqual("the twin", g.twin)
	fresh := model.NewSession(g.session.Limits())
	fresh.Apply(g.session.Snapshot(g.now))
	g.checkEqual("the snapshot", fresh)
	g.checkLimits()
	g.checkOwners()
	g.checkReader(int(g.next())%len(g.past), model.NewKeys(pick(g, somePatterns)))
	g.checkReader(0, model.AllKeys())
	g.checkReader(len(g.past)-1, model.AllKeys())
	for _, peer := range g.session.Peers() {
		g.checkReader(0, model.View{Keys: model.AllKeys(), Grants: peer.Grants})
	}
	if _, _, ok := g.session.Since(uint64(len(g.past)), model.AllKeys()); ok {
		g.t.Error("Since knows what has not been yet")
	}
}

// remember writes the story of the session from its changes alone.
func (g *game) remember(change *model.Change) {
	if change.Begins || change.Ends {
		g.restart()
		return
	}
	if !change.Touches() {
		return
	}
	entries := maps.Clone(g.past[len(g.past)-1])
	tell(entries, change.Set, change.Removed)
	g.past = append(g.past, entries)
	for _, removal := range change.Removed {
		g.gone[removal.Key] = true
	}
}

// tell does to entries what a reader does with an update.
func tell(entries map[string]string, set []*model.Entry, removed []model.Removal) {
	for _, removal := range removed {
		delete(entries, removal.Key)
	}
	for _, entry := range set {
		entries[entry.Key] = string(entry.AppendJSON(nil))
	}
}

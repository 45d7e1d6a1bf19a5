package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"session-store/e2e/peer"
)

// history is what was answered and told of one session, by all nodes to all peers.
// What contradicts itself is a fault at once; check finds what is missing.
type history struct {
	room, session string
	fault         func(format string, args ...any)

	mu sync.Mutex
	// answered has the keys and values of each write that was answered, by its
	// revision, newest is the last of them.
	answered map[uint64]map[string]string
	newest   uint64
	// seen has what observers were told of each revision: entries and removals, as
	// JSON, by key. told are whole events, which most are told in the same words.
	seen map[uint64]map[string]string
	told map[string]string
	// late are the keys and values of writes without an answer: a node that stood
	// still may do them at any time.
	late map[string]bool
	// added counts the answered additions to the sum, maybe those of which nobody
	// knows, unknown all such writes, conflicts those that were refused on their
	// condition, holes the revisions of which nobody was told.
	added, maybe, unknown, conflicts, holes int
	// lastAnswer is when a write was answered last, silence the longest time in
	// which none was.
	lastAnswer time.Time
	silence    time.Duration
}

// part is what stands in the answer and in the events of an entry, or of a removal.
type part struct {
	Value    json.RawMessage
	Revision uint64
	Reason   string
}

func newHistory(room string, fault func(format string, args ...any)) *history {
	return &history{
		room: room, fault: fault, lastAnswer: time.Now(),
		answered: make(map[uint64]map[string]string), seen: make(map[uint64]map[string]string),
		told: make(map[string]string), late: make(map[string]bool),
	}
}

// begin gives what was answered last: a write that begins now must come later.
func (h *history) begin() (after uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.newest
}

func (h *history) answer(who string, after uint64, answer peer.Answer, values map[string]string) {
	revision, err := strconv.ParseUint(answer.Field("revision"), 10, 64)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.fault("%s: a write is answered %s", who, answer.Body)
	case h.answered[revision] != nil:
		h.fault("%s: revision %d was answered for %v and for %v", who, revision, h.answered[revision], values)
	case revision <= after:
		h.fault("%s: revision %d was answered to a write that began after the answer of %d", who, revision, after)
	}
	h.answered[revision] = values
	h.newest = max(h.newest, revision)
	h.silence, h.lastAnswer = max(h.silence, time.Since(h.lastAnswer)), time.Now()
}

// doubt takes note of a write of unknown outcome.
func (h *history) doubt(outcome outcome, values map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unknown++
	for key, value := range values {
		h.late[key+" "+value] = h.late[key+" "+value] || outcome == unknown
	}
}

func (h *history) count(what *int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*what++
}

// tell takes in what an observer was told.
func (h *history) tell(who string, event peer.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told[event.ID] == event.Data {
		return
	}
	h.told[event.ID] = event.Data
	var said struct{ Entries, Set, Removed map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(event.Data), &said); err != nil {
		h.fault("%s: %v: %s", who, err, event.Data)
	}
	for _, parts := range []map[string]json.RawMessage{said.Entries, said.Set, said.Removed} {
		for key, text := range parts {
			h.tellPart(who, event, key, text)
		}
	}
}

func (h *history) tellPart(who string, event peer.Event, key string, text json.RawMessage) {
	var p part
	if err := json.Unmarshal(text, &p); err != nil {
		h.fault("%s: %v: %s", who, err, text)
	}
	if !strings.HasPrefix(event.ID, h.session+"-") {
		h.fault("%s: an event of another session: %s, %s", who, event.ID, event.Data)
	}
	if h.seen[p.Revision] == nil {
		h.seen[p.Revision] = make(map[string]string)
	}
	if was := h.seen[p.Revision][key]; was != "" && was != string(text) {
		h.fault("%s: %s is told %s, others were told %s", who, key, text, was)
	}
	h.seen[p.Revision][key] = string(text)
}

// check wants that everything that was answered was told and is there, or that
// something newer is, and that all is one order.
func (h *history) check(store peer.Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var now struct {
		Revision uint64
		Entries  map[string]part
	}
	if err := json.Unmarshal(store.Body, &now); err != nil {
		h.fault("%s: %v", h.room, err)
	}
	lines := h.lines()
	for revision, values := range h.answered {
		for key, value := range values {
			h.checkAnswered(revision, key, value, lines[key], now.Entries[key])
		}
	}
	for revision := uint64(1); revision <= now.Revision; revision++ {
		if h.answered[revision] == nil && h.seen[revision] == nil {
			h.holes++
		}
	}
	// A write of unknown outcome may have been replaced before anybody was told.
	if h.holes > h.unknown {
		h.fault("%s: %d revisions are nobody's, and only %d writes are of unknown outcome", h.room, h.holes, h.unknown)
	}
	for revision := range h.seen {
		if revision > now.Revision {
			h.fault("%s: revision %d was told, and the newest is %d", h.room, revision, now.Revision)
		}
	}
	for key, line := range lines {
		h.checkLine(key, line)
	}
	sum, _ := strconv.Atoi(string(now.Entries["sum"].Value))
	if sum < h.added || sum > h.added+h.maybe {
		h.fault("%s: the sum is %d, and %d to %d were added", h.room, sum, h.added, h.added+h.maybe)
	}
}

// lines are what was told of each key, in the order of the revisions.
func (h *history) lines() map[string][]part {
	lines := make(map[string][]part)
	for _, parts := range h.seen {
		for key, text := range parts {
			var p part
			_ = json.Unmarshal([]byte(text), &p) // it was read before
			lines[key] = append(lines[key], p)
		}
	}
	for _, line := range lines {
		slices.SortFunc(line, func(a, b part) int { return int(a.Revision) - int(b.Revision) })
	}
	return lines
}

func (h *history) checkAnswered(revision uint64, key, value string, line []part, now part) {
	if told, ok := h.seen[revision]; ok && !strings.Contains(told[key], fmt.Sprintf(`"value":%s,`, value)) {
		h.fault("%s: revision %d was answered for %s %s, and told is %s", h.room, revision, key, value, told)
	}
	if now.Revision > revision || now.Revision == revision && string(now.Value) == value {
		return
	}
	if n := len(line); n > 0 && line[n-1].Reason != "" && line[n-1].Revision > revision {
		return // it has gone, as was told
	}
	h.fault("%s: revision %d was answered for %s %s, and it is lost: there is %+v", h.room, revision, key, value, now)
}

// checkLine wants that no value of a key comes twice, and none after a newer one: each
// writer counts. What goes with its owner goes once.
func (h *history) checkLine(key string, line []part) {
	last, removals, values := -1, 0, make(map[int]bool)
	for _, p := range line {
		if p.Reason != "" {
			removals++
			continue
		}
		value, err := strconv.Atoi(string(p.Value))
		switch {
		case err != nil || values[value]:
			h.fault("%s: %s is %s again, at revision %d", h.room, key, p.Value, p.Revision)
		case value > last:
			last = value
		case !h.late[key+" "+string(p.Value)]:
			h.fault("%s: after %d, %s is %s at revision %d", h.room, last, key, p.Value, p.Revision)
		}
		values[value] = true
	}
	if strings.HasPrefix(key, handPrefix) && removals != 1 {
		h.fault("%s: %s was removed %d times: %+v", h.room, key, removals, line)
	}
}

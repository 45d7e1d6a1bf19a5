package peer

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Replica is what a reader holds who does as the contract says. The zero value
// holds nothing.
type Replica struct {
	// Position is the id of the last event.
	Position string
	// Entries are the entries as JSON, by key.
	Entries map[string]string
	// Snapshots counts how often all was replaced, Ended is the reason of an end
	// event.
	Snapshots int
	Ended     string
}

type snapshot struct {
	Session  string
	Revision uint64
	Entries  map[string]json.RawMessage
}

type update struct {
	Revision uint64
	Set      map[string]json.RawMessage
	Removed  map[string]json.RawMessage
}

// Apply does what the event says. The error is a promise that was broken.
func (r *Replica) Apply(e Event) error {
	if err := r.advance(e); err != nil {
		return err
	}
	switch e.Name {
	case "snapshot":
		var s snapshot
		if err := json.Unmarshal([]byte(e.Data), &s); err != nil {
			return err
		}
		r.Snapshots++
		r.Entries = texts(s.Entries)
	case "update":
		var u update
		if err := json.Unmarshal([]byte(e.Data), &u); err != nil {
			return err
		}
		if len(u.Set)+len(u.Removed) == 0 {
			return fmt.Errorf("update %s says nothing", e.ID)
		}
		maps.Copy(r.Entries, texts(u.Set))
		for key := range u.Removed {
			delete(r.Entries, key)
		}
	case "end":
		r.Ended = e.Data
	default:
		return fmt.Errorf("there is no event %q", e.Name)
	}
	return nil
}

// advance holds the ids to the promise that they rise, and never come twice: only
// an end may stand where the last event stood.
func (r *Replica) advance(e Event) error {
	session, revision, err := parse(e.ID)
	if err != nil {
		return err
	}
	if r.Position != "" {
		ownSession, ownRevision, _ := parse(r.Position)
		if session == ownSession && (revision < ownRevision || revision == ownRevision && e.Name == "update") {
			return fmt.Errorf("%s %s came after %s", e.Name, e.ID, r.Position)
		}
	}
	r.Position = e.ID
	return nil
}

func parse(position string) (session string, revision uint64, err error) {
	session, digits, _ := strings.Cut(position, "-")
	revision, err = strconv.ParseUint(digits, 10, 64)
	return session, revision, err
}

func texts(raw map[string]json.RawMessage) map[string]string {
	out := make(map[string]string, len(raw))
	for key, value := range raw {
		out[key] = string(value)
	}
	return out
}

// Equal reports whether the replica holds the entries of an answer to a read of
// the store, and says what differs.
func (r *Replica) Equal(store Answer) error {
	var s snapshot
	if err := json.Unmarshal(store.Body, &s); err != nil {
		return err
	}
	want := texts(s.Entries)
	for key, entry := range want {
		if r.Entries[key] != entry {
			return fmt.Errorf("at %s, %s is %s; the server has %s", r.Position, key, r.Entries[key], entry)
		}
	}
	if len(r.Entries) != len(want) {
		return fmt.Errorf("at %s there are %d entries; the server has %d", r.Position, len(r.Entries), len(want))
	}
	return nil
}

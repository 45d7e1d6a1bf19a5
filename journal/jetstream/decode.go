package jetstream

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"session-store/journal"
	"session-store/model"
)

// The records as they are read. Members that they do not have are ignored: a
// newer program may have added what older ones can do without.
type (
	record struct {
		Version int      `json:"v"`
		Changes []change `json:"changes"`
	}
	change struct {
		Session   string      `json:"session"`
		Revision  uint64      `json:"revision"`
		At        int64       `json:"at"`
		Joined    []peer      `json:"joined"`
		Left      []departure `json:"left"`
		Moved     []move      `json:"moved"`
		Set       []entry     `json:"set"`
		Removed   []removal   `json:"removed"`
		Created   int         `json:"created"`
		Ends      bool        `json:"ends"`
		Begins    bool        `json:"begins"`
		CreatedAt int64       `json:"created_at"`
		Forgotten uint64      `json:"forgotten"`
	}
	peer struct {
		ID       string  `json:"id"`
		Name     string  `json:"name"`
		Role     string  `json:"role"`
		JoinedAt int64   `json:"joined_at"`
		Token    string  `json:"token"`
		Grants   *grants `json:"grants"`
		Renewed  uint64  `json:"renewed"`
		Node     string  `json:"node"`
	}
	grants struct {
		Subject string   `json:"subject"`
		Read    []string `json:"read"`
		Write   []string `json:"write"`
		Admin   bool     `json:"admin"`
		Expires int64    `json:"expires"`
	}
	departure struct {
		Peer   string `json:"id"`
		Reason string `json:"reason"`
	}
	move struct {
		Peer string `json:"id"`
		Node string `json:"node"`
	}
	entry struct {
		Key       string          `json:"key"`
		Value     json.RawMessage `json:"value"`
		Revision  uint64          `json:"revision"`
		UpdatedAt int64           `json:"updated_at"`
		UpdatedBy string          `json:"updated_by"`
		ExpiresAt int64           `json:"expires_at"`
		Ephemeral bool            `json:"ephemeral"`
	}
	removal struct {
		Key      string `json:"key"`
		Revision uint64 `json:"revision"`
		Reason   string `json:"reason"`
	}
)

// decodeRecord is what appendRecord has made. A record of a version that is not
// known is a [journal.ErrVersion], whatever else stands in it.
func decodeRecord(data []byte) ([]*model.Change, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil || r.Version != version {
		return nil, unreadable(data, err)
	}
	if len(r.Changes) == 0 {
		return nil, errors.New("the record has no changes")
	}
	changes := make([]*model.Change, len(r.Changes))
	for i := range r.Changes {
		change, err := r.Changes[i].model()
		if err != nil {
			return nil, err
		}
		changes[i] = change
	}
	return changes, nil
}

// unreadable says why: a newer version may have put something else into members
// that are known here, so the version is looked for by itself.
func unreadable(data []byte, why error) error {
	var r struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(data, &r); err != nil || r.Version == 0 {
		return errors.New("this is no record")
	}
	if r.Version != version {
		return fmt.Errorf("version %d: %w", r.Version, journal.ErrVersion)
	}
	return fmt.Errorf("the record is broken: %w", why)
}

func (c *change) model() (*model.Change, error) {
	made := &model.Change{
		Session: c.Session, Revision: c.Revision, At: model.Time(c.At),
		Joined:  make([]*model.Peer, len(c.Joined)),
		Left:    make([]model.Departure, len(c.Left)),
		Moved:   make([]model.Move, len(c.Moved)),
		Set:     make([]*model.Entry, len(c.Set)),
		Removed: make([]model.Removal, len(c.Removed)),
		Created: c.Created, Ends: c.Ends, Begins: c.Begins,
		CreatedAt: model.Time(c.CreatedAt), Forgotten: c.Forgotten,
	}
	for i := range c.Joined {
		peer, err := c.Joined[i].model()
		if err != nil {
			return nil, err
		}
		made.Joined[i] = peer
	}
	for i, d := range c.Left {
		made.Left[i] = model.Departure{Peer: d.Peer, Reason: model.Reason(d.Reason)}
	}
	for i, m := range c.Moved {
		made.Moved[i] = model.Move{Peer: m.Peer, Node: m.Node}
	}
	for i := range c.Set {
		entry, err := c.Set[i].model()
		if err != nil {
			return nil, err
		}
		made.Set[i] = entry
	}
	for i, r := range c.Removed {
		made.Removed[i] = model.Removal{Key: r.Key, Revision: r.Revision, Reason: model.Reason(r.Reason)}
	}
	return made, nil
}

func (p *peer) model() (*model.Peer, error) {
	made := &model.Peer{
		ID: p.ID, Name: p.Name, Role: p.Role, JoinedAt: model.Time(p.JoinedAt),
		Renewed: p.Renewed, Node: p.Node,
	}
	if p.Token != "" {
		hash, err := hex.DecodeString(p.Token)
		if err != nil || len(hash) != len(made.Token) {
			return nil, fmt.Errorf("the token of peer %q is no hash", p.ID)
		}
		made.Token = model.TokenHash(hash)
	}
	if g := p.Grants; g != nil {
		made.Grants = &model.Grants{
			Subject: g.Subject, Read: model.NewKeys(g.Read), Write: model.NewKeys(g.Write),
			Admin: g.Admin, Expires: model.Time(g.Expires),
		}
	}
	return made, nil
}

func (e *entry) model() (*model.Entry, error) {
	if len(e.Value) == 0 {
		return nil, fmt.Errorf("the entry %q has no value", e.Key)
	}
	made := &model.Entry{
		Key: e.Key, Value: model.Value(e.Value), Revision: e.Revision,
		UpdatedAt: model.Time(e.UpdatedAt), UpdatedBy: e.UpdatedBy,
		ExpiresAt: model.Time(e.ExpiresAt), Ephemeral: e.Ephemeral,
	}
	made.Encode()
	return made, nil
}

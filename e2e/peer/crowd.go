package peer

import (
	"encoding/json"
	"fmt"
)

// Crowd is who is in the room, as the peers events of streams say: an observer that
// comes back goes on with the same one. The zero value knows of nobody.
type Crowd struct {
	There map[string]bool
	// Left says why peers have gone, of those whose going was told.
	Left map[string]string
	// Again counts those that are there after all, says a node which has not heard
	// of it yet. Coming and going takes no revision, so no position tells
	// a node what it must wait for.
	Again int
}

type moves struct {
	Peers, Joined []struct{ ID string }
	Left          []struct{ ID, Reason string }
}

// Apply does what a peers event says. The error is a promise that was broken: who
// comes was not there, and who goes was.
func (c *Crowd) Apply(e Event) error {
	var m moves
	if err := json.Unmarshal([]byte(e.Data), &m); err != nil {
		return err
	}
	if e.ID != "" {
		return fmt.Errorf("a peers event has the id %s", e.ID)
	}
	if m.Peers != nil {
		c.begin(m)
	}
	for _, p := range m.Joined {
		if c.There[p.ID] {
			return fmt.Errorf("%s joins, and is there already", p.ID)
		}
		c.add(p.ID)
	}
	for _, p := range m.Left {
		if !c.There[p.ID] {
			return fmt.Errorf("%s, who is not there, goes (%s)", p.ID, p.Reason)
		}
		delete(c.There, p.ID)
		c.Left[p.ID] = p.Reason
	}
	return nil
}

// begin takes a list in the place of all that was said before.
func (c *Crowd) begin(m moves) {
	c.There = make(map[string]bool)
	if c.Left == nil {
		c.Left = make(map[string]string)
	}
	for _, p := range m.Peers {
		c.add(p.ID)
	}
}

func (c *Crowd) add(id string) {
	c.There[id] = true
	if c.Left[id] != "" {
		delete(c.Left, id)
		c.Again++
	}
}

package room_test

import (
	"runtime/debug"
	"strings"
	"testing"

	"session-store/model"
	"session-store/room"
)

// Those who are told the same at the same time are told it with the same bytes, whatever
// they have asked for; another event has others.
func TestRecallSharesEvents(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would forget
	bubble(t, func(n *node) {
		ann, _ := n.join("a")
		from := n.write(ann, set("hand", "1")).Position
		n.write(ann, set("pin", "2"))
		next := func(keys string, from model.Position) []byte {
			stream := n.observe(ann, room.Observe{Keys: model.NewKeys(strings.Fields(keys)), From: from})
			defer stream.Close()
			data, _ := stream.Next()
			return data
		}
		first := next("*", model.Position{})
		for _, test := range []struct {
			keys string
			from model.Position
			same bool
		}{
			{keys: "*", same: true},
			{keys: "pin hand", same: true},
			{keys: "pin"},
			{keys: "*"}, // another one was made meanwhile
			{keys: "*", from: from},
		} {
			data := next(test.keys, test.from)
			if same := &data[0] == &first[0]; same != test.same {
				t.Errorf("%s from %v: the same bytes: %v, %q", test.keys, test.from, same, data)
			}
			first = data
		}
		update := next("*", from)
		n.write(ann, set("pin", "3"))
		if again := next("*", from); string(again) == string(update) {
			t.Errorf("after a write it is told still %q", again)
		}
	})
}

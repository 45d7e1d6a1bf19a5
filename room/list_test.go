package room_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
)

func namesOf(rooms []room.Listed) (names []string) {
	for _, one := range rooms {
		names = append(names, one.Room)
	}
	return names
}

func TestListGoesThroughAllRoomsByPage(t *testing.T) {
	bubble(t, func(n *node) {
		if rooms, more := n.List("", 10); rooms == nil || len(rooms) != 0 || more {
			n.Errorf("without a room: %v, %v", rooms, more)
		}
		want := []string{"B", "a", "a.1", "b", "c"}
		for _, name := range []string{"c", "a", "b", "B", "a.1"} {
			n.join(name)
		}
		for limit := 1; limit <= 6; limit++ {
			var got []string
			for after, more := "", true; more; {
				var rooms []room.Listed
				rooms, more = n.List(after, limit)
				got = append(got, namesOf(rooms)...)
				if more && len(rooms) != limit || len(rooms) > limit {
					n.Fatalf("a page of %d has %d rooms", limit, len(rooms))
				}
				after = got[len(got)-1]
			}
			if !slices.Equal(got, want) {
				n.Errorf("by pages of %d: %v, want %v", limit, got, want)
			}
		}
	})
}

func TestListSaysWhatIsInARoom(t *testing.T) {
	bubble(t, func(n *node) {
		ann, _ := n.joinAs("a", "ann", nil)
		n.joinAs("a", "ben", nil)
		quick := n.observe(ann, everything)
		slow := n.observe(ann, room.Observe{Keys: model.AllKeys(), From: model.Position{Session: "no", Revision: 1}})
		guest := n.observe(n.admin("a", time.Hour), everything)
		slow.Next()
		time.Sleep(10 * time.Second)
		n.write(ann, set("k", `"1"`))
		n.write(ann, set("l", `"22"`))
		quick.Next()
		guest.Next()

		rooms, _ := n.List("", 10)
		at, _ := ann.Position()
		want := room.Listed{
			Room: "a", Session: at.Session, Revision: 2, CreatedAt: rooms[0].CreatedAt, Peers: 2, Keys: 2, Bytes: 9,
			Lag: room.Lag{Streams: 3, Behind: 1, MostBehind: 2},
		}
		if rooms[0] != want {
			n.Errorf("the list has %+v, want %+v", rooms[0], want)
		}
		look, more, ok := n.Look("a", "", 10)
		if !ok || more || look.Room != want {
			n.Errorf("the room is %+v, %v, %v", look.Room, more, ok)
		}
		if got := look.Guests; got != (room.Lag{Streams: 1}) {
			n.Errorf("guests have %+v", got)
		}
		if len(look.Peers) != 2 || look.Peers[0].Lag != (room.Lag{Streams: 2, Behind: 1, MostBehind: 2}) || look.Peers[1].Lag != (room.Lag{}) {
			n.Errorf("the peers are %+v", look.Peers)
		}
		if seen := look.Peers[1].SeenAt; seen == nil || in(-10*time.Second) != *seen {
			n.Errorf("Ben was seen at %v", seen)
		}
		// The peers by page.
		if look, more, _ := n.Look("a", "", 1); !more || len(look.Peers) != 1 || look.Peers[0].ID != "ann" {
			n.Errorf("the first one: %+v, %v", look.Peers, more)
		}
		if look, more, _ := n.Look("a", "ann", 1); more || len(look.Peers) != 1 || look.Peers[0].ID != "ben" {
			n.Errorf("the second one: %+v, %v", look.Peers, more)
		}
		if look, more, ok := n.Look("a", "zoe", 1); !ok || more || look.Peers == nil || len(look.Peers) != 0 {
			n.Errorf("after the last one: %+v, %v", look.Peers, more)
		}
		for _, stream := range []interface{ Close() }{quick, slow, guest} {
			stream.Close()
		}
	})
}

// Whoever only looks keeps nobody alive, and opens nothing.
func TestListIsNoSignOfLife(t *testing.T) {
	bubble(t, func(n *node) {
		n.join("a")
		for range 40 {
			n.List("", 10)
			n.Look("a", "", 10)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		n.wantPeers(0)
		if _, _, ok := n.Look("a", "", 10); ok || n.Open() != 0 {
			n.Errorf("the room is there: %d open", n.Open())
		}
		if rooms, _ := n.List("", 10); len(rooms) != 0 {
			n.Errorf("the list has %v", rooms)
		}
	})
}

// A node lists what it has open itself.
func TestListIsOfThisNode(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a, b := nodes[0], nodes[1]
		_, ann := a.joinAs("both", "ann", nil)
		a.joinAs("alone", "ben", nil)
		if _, err := b.enter("both", ann); err != nil {
			c.Fatal(err)
		}
		here, _ := a.List("", 10)
		there, _ := b.List("", 10)
		if got := fmt.Sprint(namesOf(here), namesOf(there)); got != "[alone both] [both]" {
			c.Error(got)
		}
		look, _, _ := b.Look("both", "", 10)
		if a.Node() != "A" || look.Peers[0].Node != "A" || look.Peers[0].SeenAt == nil {
			c.Errorf("%s has %+v", a.Node(), look.Peers[0])
		}
		if _, _, ok := b.Look("alone", "", 10); ok {
			c.Error("it shows a room that only the other node has open")
		}
	})
}

func TestListHasNoTokenAndNoValue(t *testing.T) {
	n := newNode(t, memory.New())
	defer n.Close()
	ann, token := n.joinAs("a", "ann", grant("*", "*"))
	n.write(ann, set("k", `"the value"`))
	rooms, _ := n.List("", 10)
	look, _, _ := n.Look("a", "", 10)
	text, err := json.Marshal([]any{rooms, look})
	if err != nil {
		t.Fatal(err)
	}
	hash, _ := json.Marshal(token.Hash)
	for _, secret := range []string{"the value", string(hash[1 : len(hash)-1]), "oken", "alue", "rants"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}

// A room is listed when its session has begun, and not while that is being stored.
func TestListWaitsForTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode(t, &disk{Journal: memory.New(), takes: time.Millisecond})
		defer n.Close()
		var joining sync.WaitGroup
		joining.Go(func() { n.join("a") })
		time.Sleep(500 * time.Microsecond)
		if rooms, _ := n.List("", 10); len(rooms) != 0 || n.Open() != 1 {
			t.Errorf("the list has %v, %d are open", rooms, n.Open())
		}
		if _, _, ok := n.Look("a", "", 10); ok {
			t.Error("the room is shown")
		}
		joining.Wait()
		if rooms, _ := n.List("", 10); len(rooms) != 1 {
			t.Errorf("the list has %v", rooms)
		}
	})
}

package room_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
)

func TestSessionLivesFromTheFirstJoinToTheLastLeave(t *testing.T) {
	bubble(t, func(n *node) {
		ann, annToken := n.join("standup")
		ben, _ := n.join("standup")
		n.write(ann, set("spotlight", `"q1"`))
		first, _ := ben.Position()
		if err := ann.Leave(n.Context()); err != nil {
			n.Fatal(err)
		}
		if _, err := n.enter("standup", annToken); err == nil {
			n.Fatal("the token of a peer that has left still works")
		}
		if entry, _, err := ben.Entry("spotlight"); err != nil || string(entry.Value) != `"q1"` {
			n.Fatalf("the entry of a peer that has left: %v, %v", entry, err)
		}
		if err := ben.Leave(n.Context()); err != nil {
			n.Fatal(err)
		}
		if err := ben.Leave(n.Context()); err != nil {
			n.Fatalf("leaving twice: %v", err)
		}
		_, err := ben.Write(n.Context(), set("spotlight", "1"))
		n.wantCode(err, model.Unauthorized)
		_, err = ben.Observe(n.Context(), everything)
		n.wantCode(err, model.Unauthorized)

		cleo, _ := n.join("standup")
		second, _ := cleo.Position()
		if second.Session == first.Session || second.Revision != 0 {
			n.Fatalf("the session after %v is %v", first, second)
		}
		if state, _ := cleo.Describe(); state.Keys != 0 || state.Bytes != 0 || state.Peers != 1 {
			n.Fatalf("a new session has %+v", state)
		}
		stats := n.Stats()
		if s, p, e := stats.Sessions.Load(), stats.Peers.Load(), stats.Entries.Load(); s != 1 || p != 1 || e != 0 {
			n.Fatalf("counted %d sessions, %d peers, %d entries", s, p, e)
		}
	})
}

func TestStrangersFindNothing(t *testing.T) {
	bubble(t, func(n *node) {
		_, token := n.join("a")
		for name, call := range map[string]func() error{
			"a room that is not there": func() error { _, err := n.enter("b", token); return err },
			"a token of another room":  func() error { n.join("c"); _, err := n.enter("c", token); return err },
			"another secret":           func() error { token.Hash[0]++; _, err := n.enter("a", token); return err },
			"no token":                 func() error { _, err := n.enter("a", auth.Token{}); return err },
		} {
			n.Log(name)
			n.wantCode(call(), model.Unauthorized)
		}
	})
}

// A join that races with the last leave is in the old session or in a new one,
// never in between: what it writes is there.
func TestOneJoinRacesWithTheLastLeave(t *testing.T) {
	n := newNode(t, memory.New())
	defer n.Close()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for round := range 200 {
				caller, token := n.join("a")
				key := fmt.Sprintf("k%d.%d", i, round)
				written, err := caller.Write(t.Context(), set(key, "1"))
				if err != nil {
					t.Errorf("write after join: %v", err)
					return
				}
				again, err := n.enter("a", token)
				if err != nil {
					t.Errorf("enter after join: %v", err)
					return
				}
				entry, at, err := again.Entry(key)
				if err != nil || at != written.Position || string(entry.Value) != "1" {
					t.Errorf("wrote at %v, found %v at %v, %v", written.Position, entry, at, err)
				}
				n.write(caller, remove(key)) // 8 × 200 keys are over the limit
				if err := caller.Leave(t.Context()); err != nil {
					t.Errorf("leave: %v", err)
				}
			}
		})
	}
	group.Wait()
	if stats := n.Stats(); stats.Sessions.Load() != 0 || stats.Peers.Load() != 0 || stats.Entries.Load() != 0 {
		t.Errorf("left: %d sessions, %d peers, %d entries", stats.Sessions.Load(), stats.Peers.Load(), stats.Entries.Load())
	}
}

func TestOwnWriteIsReadAtOnce(t *testing.T) {
	bubble(t, func(n *node) {
		caller, _ := n.join("a")
		stream, _ := caller.Observe(n.Context(), everything)
		defer stream.Close()
		stream.Next() // the snapshot
		for i := range 200 {
			written := n.write(caller, set("k", fmt.Sprint(i)))
			if entry, at, err := caller.Entry("k"); err != nil || string(entry.Value) != fmt.Sprint(i) || at != written.Position {
				n.Fatalf("wrote %d at %v, read %v at %v, %v", i, written.Position, entry, at, err)
			}
			if data, _ := stream.Next(); !strings.Contains(string(data), fmt.Sprintf("\nid: %v\n", written.Position)) {
				n.Fatalf("wrote at %v, the stream has %q", written.Position, data)
			}
		}
	})
}

func TestEndCloseStopsTimersAndStreams(t *testing.T) {
	bubble(t, func(n *node) {
		caller, _ := n.join("a")
		n.join("b")
		stream, _ := caller.Observe(n.Context(), everything)
		n.CloseStreams()
		if data, _ := stream.Next(); !strings.HasPrefix(string(data), "retry: ") {
			n.Errorf("got %q", data)
		}
		if err := n.Ready(); err == nil {
			n.Error("a registry that goes down is ready")
		}
		n.Close()
		stream.Close()
		// synctest fails the test if a timer's goroutine is left.
	})
}

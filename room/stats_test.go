package room_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"session-store/model"
	"session-store/room"
)

// counted are the counters that are not 0, in short: joins 2, leaves left 1.
func counted(s *room.Stats) string {
	var parts []string
	for name, count := range map[string]int64{
		"begun": s.SessionsBegun.Load(), "ended": s.SessionsEnded.Load(), "joins": s.Joins.Load(),
		"left": s.Leaves.Left.Load(), "kicked": s.Leaves.Kicked.Load(),
		"timeout": s.Leaves.Timeout.Load(), "grants-expired": s.Leaves.Expired.Load(),
		"deleted": s.Removed.Deleted.Load(), "expired": s.Removed.Expired.Load(),
		"owner-left": s.Removed.OwnerLeft.Load(), "session-over": s.Removed.SessionOver.Load(),
		"changed": s.Writes.Changed.Load(), "unchanged": s.Writes.Unchanged.Load(),
		"refused": s.Writes.Refused.Load(), "failed": s.Writes.Failed.Load(), "limited": s.Writes.RateLimited.Load(),
		"doubted": s.Takeovers.Doubted.Load(), "claimed": s.Takeovers.Claimed.Load(), "orphaned": s.Takeovers.Orphaned.Load(),
	} {
		if count != 0 {
			parts = append(parts, fmt.Sprint(name, " ", count))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func TestStatsSayWhatWasDone(t *testing.T) {
	tests := map[string]struct {
		do   func(n *node, ann *room.Caller)
		want string // besides that Ann has begun the session
	}{
		"nothing": {func(*node, *room.Caller) {}, ""},
		"a session that ends": {func(n *node, ann *room.Caller) {
			n.write(ann, set("a", "1"))
			n.write(ann, set("b", "1"))
			_ = ann.Leave(n.Context())
		}, "changed 2, ended 1, left 1, session-over 2"},
		"writes": {func(n *node, ann *room.Caller) {
			n.write(ann, set("k", "1"))
			n.write(ann, remove("k"))
			n.write(ann, remove("k"))
			w := set("k", "1")
			w.If, _ = model.ParseCondition("*", "")
			_, err := ann.Write(n.Context(), w)
			n.wantCode(err, model.PreconditionFailed)
			_, err = ann.Write(n.Context(), set("k", `"`+strings.Repeat("x", 2000)+`"`))
			n.wantCode(err, model.ValueTooLarge)
		}, "changed 2, deleted 1, refused 2, unchanged 1"},
		"new grants are no join": {func(n *node, ann *room.Caller) {
			if _, err := ann.Renew(n.Context(), "Ann", "", grant("*", "*")); err != nil {
				n.Fatal(err)
			}
		}, ""},
		"entries that go by themselves": {func(n *node, ann *room.Caller) {
			ben, _ := n.joinAs("a", "ben", nil)
			n.write(ben, ephemeral(set("hand", "1")))
			n.write(ann, lasting(set("vote", "1"), time.Second))
			_ = ben.Leave(n.Context())
			time.Sleep(2 * time.Second)
			synctest.Wait()
		}, "changed 2, expired 1, joins 1, left 1, owner-left 1"},
		"peers that do not leave by themselves": {func(n *node, _ *room.Caller) {
			n.joinAs("a", "ben", nil)
			n.joinAs("a", "cat", &model.Grants{Expires: in(time.Second)})
			if err := n.admin("a", time.Hour).PutOut(n.Context(), "ben"); err != nil {
				n.Fatal(err)
			}
			time.Sleep(timeout + time.Second) // Ann is silent too
			synctest.Wait()
		}, "ended 1, grants-expired 1, joins 2, kicked 1, timeout 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(n *node) {
				ann, _ := n.joinAs("a", "ann", nil)
				if got := counted(n.Stats()); got != "begun 1, joins 1" {
					t.Fatalf("after the first join: %s", got)
				}
				n.Stats().Joins.Add(-1)
				n.Stats().SessionsBegun.Add(-1)
				tt.do(n, ann)
				if got := counted(n.Stats()); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestStatsOfWritesThatAreTooMany(t *testing.T) {
	bubbleOf(t, room.Config{WriteRate: 1}, func(n *node) {
		ann, _ := n.join("a")
		n.write(ann, set("k", "1"))
		_, err := ann.Write(n.Context(), set("k", "2"))
		n.wantCode(err, model.RateLimited)
		if got := counted(n.Stats()); got != "begun 1, changed 1, joins 1, limited 1, refused 1" {
			t.Error(got)
		}
	})
}

// What one node has decided, the others do not count again.
func TestStatsOfNodesAddUp(t *testing.T) {
	clustered(t, 3, func(c *cluster, nodes []*clusterNode) {
		a, b, third := nodes[0], nodes[1], nodes[2]
		if got := a.Registry.Nodes(); got != 3 {
			c.Errorf("%d nodes, want 3", got)
		}
		a.joinAs("room", "away", nil)
		_, ann := a.joinAs("room", "ann", nil)
		there, err := b.enter("room", ann)
		if err != nil {
			c.Fatal(err)
		}
		stream := b.observe(there, everything)
		defer stream.Close()
		b.write(there, set("k", "1"))
		if _, err := third.enter("room", ann); err != nil {
			c.Fatal(err)
		}
		a.stop()
		time.Sleep(2 * timeout)
		synctest.Wait()
		all := map[string]string{}
		for name, n := range map[string]*clusterNode{"a": a, "b": b, "third": third} {
			all[name] = counted(n.Stats())
		}
		if all["a"] != "begun 1, joins 2" {
			c.Errorf("the node that died has counted %s", all["a"])
		}
		// Either of the others doubts it, and removes it: whichever is first.
		others := strings.Split(all["b"]+", "+all["third"], ", ")
		slices.Sort(others)
		if got := strings.Trim(strings.Join(others, ", "), ", "); got != "changed 1, claimed 1, orphaned 1, timeout 1" {
			c.Errorf("the others have counted %q and %q", all["b"], all["third"])
		}
		if got := b.Registry.Nodes(); got != 2 {
			c.Errorf("%d nodes are left, want 2", got)
		}
	})
}

func TestStatsOfStreamsThatGoOn(t *testing.T) {
	bubble(t, func(n *node) {
		ann, _ := n.join("a")
		at, _ := ann.Position()
		n.write(ann, set("k", "1"))
		now, _ := ann.Position()
		for name, from := range map[string]model.Position{
			"": {}, "nothing": now, "update": at, "snapshot": {Session: "another", Revision: 1},
		} {
			stream := n.observe(ann, room.Observe{Keys: model.AllKeys(), From: from})
			stream.Next()
			stream.Close()
			resumed := &n.Stats().SSE.Resumed
			got := map[string]int64{
				"nothing": resumed.Nothing.Swap(0), "update": resumed.Update.Swap(0), "snapshot": resumed.Snapshot.Swap(0),
			}
			maps.DeleteFunc(got, func(_ string, count int64) bool { return count == 0 })
			if name == "" && len(got) != 0 || name != "" && (len(got) != 1 || got[name] != 1) {
				t.Errorf("from %v: %v", from, got)
			}
		}
	})
}

func TestOpenAndCutOff(t *testing.T) {
	clustered(t, 2, func(c *cluster, nodes []*clusterNode) {
		a := nodes[0]
		if a.Open() != 0 || a.CutOff() {
			c.Errorf("%d rooms, cut off: %v", a.Open(), a.CutOff())
		}
		a.join("room")
		if a.Open() != 1 {
			c.Errorf("%d rooms, want 1", a.Open())
		}
		c.set(func() { a.member.cut = true })
		time.Sleep(5 * time.Second)
		if !a.CutOff() {
			c.Error("it does not say that it is cut off")
		}
		c.set(func() { a.member.cut = false })
		time.Sleep(2 * time.Second)
		if a.CutOff() {
			c.Error("it says that it is still cut off")
		}
	})
}

// A stream that was refused is none that was opened, and its reader none that has gone.
func TestStatsDoNotCountRefusedStreams(t *testing.T) {
	bubbleOf(t, room.Config{MaxPeerStreams: 1}, func(n *node) {
		ann, _ := n.join("a")
		n.observe(ann, everything)
		for range 10 {
			_, err := ann.Observe(n.Context(), everything)
			n.wantCode(err, model.Unavailable)
		}
		stats := &n.Stats().SSE
		if opened, gone := stats.Opened.Load(), stats.Ended.Reader.Load(); opened != 1 || gone != 0 {
			n.Errorf("%d opened, %d readers have gone", opened, gone)
		}
	})
}

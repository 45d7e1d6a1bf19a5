package room_test

import (
	"testing"
	"time"

	"session-store/model"
	"session-store/room"
)

// renewed gives the peer new grants, as joining again with a fresh JWT does.
func (n *node) renewed(caller *room.Caller, read, write string) *room.Caller {
	n.Helper()
	now, err := caller.Renew(n.Context(), "Ann", "", grant(read, write))
	if err != nil {
		n.Fatalf("renew: %v", err)
	}
	return now
}

// What may not be read any more stops at once, what may be read now is shown at
// once: the stream begins anew with a snapshot.
func TestRenewedGrantsShowOnOpenStreams(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		bob, _ := n.joinAs("a", "bob", nil)
		ann, _ := n.joinAs("a", "ann", grant("a", "a"))
		watching := n.observe(bob, room.Observe{Keys: model.AllKeys(), Peers: true})
		all, some := n.observe(ann, everything), n.observe(ann, room.Observe{Keys: model.NewKeys([]string{"a"})})
		n.told(watching)
		n.write(bob, set("a", "1"))
		n.write(bob, set("b", "1"))
		n.wantTold(all, "snapshot@2 a")
		n.wantTold(some, "snapshot@2 a")

		n.write(bob, set("a", "2")) // is on its way when the grants change
		ann = n.renewed(ann, "b", "b")
		n.wantTold(all, "snapshot@3 b")
		n.wantTold(some, "snapshot@3")
		n.wantTold(watching, "update@1 +a | update@2 +b | update@3 +a | peers +ann")

		n.write(bob, set("a", "3"))
		n.write(bob, set("b", "3"))
		n.wantTold(all, "update@5 +b")
		n.wantTold(some, "")
		_, err := ann.Write(n.Context(), set("a", "4"))
		n.wantCode(err, model.Forbidden)
		n.write(ann, set("b", "4"))
		n.wantTold(all, "update@6 +b")
	})
}

// Others are told of a renewal if they see another name or role.
func TestRenewalIsNothingThatOthersSee(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		bob, _ := n.joinAs("a", "bob", nil)
		ann, _ := n.joinAs("a", "ann", grant("a", "a"))
		watching := n.observe(bob, room.Observe{Keys: model.AllKeys(), Peers: true})
		n.wantTold(watching, "snapshot@0 | peers ann bob")
		for _, step := range []struct{ name, role, want string }{
			{"ANN", "", ""}, {"Ann", "", "peers +ann"}, {"Ann", "host", "peers +ann"}, {"Ann", "host", ""},
		} {
			if _, err := ann.Renew(n.Context(), step.name, step.role, grant("a", "a")); err != nil {
				n.Fatal(err)
			}
			n.wantTold(watching, step.want)
		}
	})
}

// Whoever resumes from before the renewal was told something under other grants:
// the changes since then are not all that has become new for it.
func TestRenewedPeerResumes(t *testing.T) {
	tests := []struct {
		name     string
		revision uint64
		want     string
	}{
		{"from long before", 1, "snapshot@4 b"},
		{"from the moment of the renewal: it was told under the old grants", 2, "snapshot@4 b"},
		{"from the first change after it", 3, "update@4 -c deleted"},
		{"from the head", 4, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubbleOf(t, room.Config{}, func(n *node) {
				bob, _ := n.joinAs("a", "bob", nil)
				ann, _ := n.joinAs("a", "ann", grant("a", "a"))
				n.write(bob, set("b", "1"))
				n.write(bob, set("c", "1"))
				ann = n.renewed(ann, "b c", "")
				n.write(bob, set("a", "1"))
				n.write(bob, remove("c"))
				at, _ := bob.Position()
				from := model.Position{Session: at.Session, Revision: tt.revision}
				n.wantTold(n.observe(ann, room.Observe{Keys: model.AllKeys(), From: from}), tt.want)
			})
		})
	}
}

// API.md: "Ids on one stream only rise." So a snapshot under new grants, and an
// end behind it, must not fall behind what was told before.
func TestRenewedStreamThatEndsAtOnce(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		bob, _ := n.joinAs("a", "bob", nil)
		ann, _ := n.joinAs("a", "ann", grant("*", "*"))
		stream := n.observe(ann, everything)
		for range 3 {
			n.write(bob, set("a", "1"))
		}
		n.wantTold(stream, "snapshot@3 a")
		ann = n.renewed(ann, "a", "a")
		n.must(ann.Leave(n.Context()))
		n.wantTold(stream, "end@3 left")
	})
}

// With new grants come a new end, and the old one is nothing any more.
func TestRenewedGrantsEndLater(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		n.joinAs("a", "bob", nil)
		grants := func(d time.Duration) *model.Grants {
			return &model.Grants{Subject: "u1", Read: model.AllKeys(), Write: model.AllKeys(), Expires: in(d)}
		}
		ann, token := n.joinAs("a", "ann", grants(10*time.Second))
		stream := n.observe(ann, everything)
		time.Sleep(9 * time.Second)
		_, err := ann.Renew(n.Context(), "Ann", "", &model.Grants{Subject: "u2", Read: model.AllKeys(), Expires: in(time.Hour)})
		n.wantCode(err, model.Forbidden)
		if _, err = ann.Renew(n.Context(), "Ann", "", grants(10*time.Second)); err != nil {
			n.Fatal(err)
		}
		n.wantTold(stream, "snapshot@0")
		time.Sleep(10*time.Second - 1)
		n.wantTold(stream, "")
		if _, err := n.enter("a", token); err != nil {
			n.Errorf("the token of a renewed peer: %v", err)
		}
		time.Sleep(time.Nanosecond)
		n.wantTold(stream, "end@0 expired")
	})
}

package room_test

import (
	"testing"
	"time"

	"session-store/auth"
	"session-store/model"
	"session-store/room"
)

// An admin that is no peer does everything but leave, and keeps nothing alive.
func TestAdminWithoutAPeer(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		ann, _ := n.joinAs("a", "ann", nil)
		admin := n.admin("a", time.Hour)
		if admin.Peer() != nil {
			n.Error("it is a peer")
		}
		stream := n.observe(admin, room.Observe{Keys: model.AllKeys(), Peers: true})
		n.wantTold(stream, "snapshot@0 | peers ann")
		n.write(admin, set("a", "1"))
		n.write(ann, set("b", "1"))
		n.wantTold(stream, "update@1 +a | update@2 +b")
		entries, at, err := admin.Entries(model.AllKeys())
		if err != nil || len(entries) != 2 || at.Revision != 2 || entries[0].UpdatedBy != "backend" {
			n.Errorf("it reads %v at %v, %v", entries, at, err)
		}
		n.wantCode(admin.Leave(n.Context()), model.Forbidden)
		n.wantCode(admin.PutOut(n.Context(), "eve"), model.PeerNotFound)
		n.wantCode(ann.PutOut(n.Context(), "ann"), model.Forbidden)
		n.wantPeers(1)
		time.Sleep(30 * time.Second)
		n.wantPeers(0)
		n.wantTold(stream, "end@2 session_over")
		_, err = admin.Write(n.Context(), set("a", "2"))
		n.wantCode(err, model.RoomNotFound)
		_, err = admin.Observe(n.Context(), everything)
		n.wantCode(err, model.RoomNotFound)
		_, _, err = admin.Entries(model.AllKeys())
		n.wantCode(err, model.RoomNotFound)
		n.wantCode(admin.PutOut(n.Context(), "ann"), model.RoomNotFound)
	})
}

func TestAdminStreamsEnd(t *testing.T) {
	tests := []struct {
		name string
		end  func(n *node, ann *room.Caller)
		want string
	}{
		{"with the session", func(n *node, ann *room.Caller) { n.must(ann.Leave(n.Context())) }, "end@0 session_over"},
		{"when the last peer is put out", func(n *node, _ *room.Caller) { n.must(n.admin("a", time.Hour).PutOut(n.Context(), "ann")) }, "end@0 session_over"},
		{"with the JWT", func(*node, *room.Caller) { time.Sleep(time.Minute) }, "end@0 expired"},
		{"not a moment before the JWT", func(*node, *room.Caller) { time.Sleep(time.Minute - 1) }, ""},
		{"not with another peer", func(n *node, _ *room.Caller) { bob, _ := n.join("a"); n.must(bob.Leave(n.Context())) }, ""},
		{"when the server goes down", func(n *node, _ *room.Caller) { n.CloseStreams() }, "retry"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubbleOf(t, room.Config{}, func(n *node) {
				ann, _ := n.joinAs("a", "ann", nil)
				n.observe(ann, everything) // keeps it alive
				long, short := n.observe(n.admin("a", time.Hour), everything), n.observe(n.admin("a", time.Minute), everything)
				n.told(long)
				n.told(short)
				tt.end(n, ann)
				n.wantTold(short, tt.want)
				if tt.name == "with the JWT" {
					n.wantTold(long, "")
				}
			})
		})
	}
}

// Asking for a room is not opening one: nothing is left of it.
func TestAdminFindsNoRoom(t *testing.T) {
	bubbleOf(t, room.Config{MaxRooms: 1}, func(n *node) {
		for range 3 {
			_, err := n.Administer(n.Context(), "b", "backend", &model.Grants{Admin: true, Expires: in(time.Hour)})
			n.wantCode(err, model.RoomNotFound)
			_, err = n.enter("c", auth.Token{Peer: "x"})
			n.wantCode(err, model.Unauthorized)
		}
		n.join("a")
	})
}

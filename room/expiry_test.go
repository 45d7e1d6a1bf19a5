package room_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
)

// 10,000 keys in 100 rooms go each at its own moment: a nanosecond before it all
// of them are there, at it the due ones are not.
func TestExpiryIsExact(t *testing.T) {
	const rooms, keys = 100, 100
	bubbleOf(t, room.Config{}, func(n *node) {
		random := rand.New(rand.NewPCG(1, 2))
		due := make(map[time.Duration]int64)
		for i := range rooms {
			caller, _ := n.join(fmt.Sprint("room", i))
			n.observe(caller, everything) // keeps the peer
			for j := range keys {
				ttl := time.Duration(1+random.IntN(5000)) * time.Millisecond
				n.write(caller, lasting(set(fmt.Sprint("key", j), "1"), ttl))
				due[ttl]++
			}
		}
		begin, left := time.Now(), int64(rooms*keys)
		for ttl := time.Millisecond; left > 0; ttl += time.Millisecond {
			if due[ttl] == 0 {
				continue
			}
			time.Sleep(time.Until(begin.Add(ttl - 1)))
			synctest.Wait()
			n.wantEntries(left, ttl-1)
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			left -= due[ttl]
			n.wantEntries(left, ttl)
		}
	})
}

func (n *node) wantEntries(want int64, at time.Duration) {
	n.Helper()
	if got := n.Stats().Entries.Load(); got != want {
		n.Fatalf("after %v there are %d entries, want %d", at, got, want)
	}
}

// Whoever closes a server with rooms in every state waits for no timer: each room
// has at most the one that it knows of, and a room that is gone has none.
func TestEndNoTimerIsLeft(t *testing.T) {
	tests := map[string]func(n *node, caller *room.Caller){
		"an entry that goes later":      func(n *node, c *room.Caller) { n.write(c, lasting(set("a", "1"), time.Hour)) },
		"one that goes ever sooner":     func(n *node, c *room.Caller) { n.sooner(c, 10, 9, 8, 7, 1) },
		"one that goes ever later":      func(n *node, c *room.Caller) { n.sooner(c, 1, 2, 30, 400) },
		"some have gone":                func(n *node, c *room.Caller) { n.sooner(c, 1, 2, 3000); time.Sleep(2 * time.Second) },
		"one that is removed":           func(n *node, c *room.Caller) { n.sooner(c, 1); n.write(c, remove("a0")) },
		"grants that end":               func(n *node, _ *room.Caller) { n.joinAs("a", "bob", &model.Grants{Expires: in(time.Hour)}) },
		"an admin that observes":        func(n *node, _ *room.Caller) { n.observe(n.admin("a", time.Hour), everything) },
		"the session is over":           func(n *node, c *room.Caller) { n.sooner(c, 1, 2000); _ = c.Leave(n.Context()) },
		"it was over, and began again":  func(n *node, c *room.Caller) { n.sooner(c, 1, 2000); _ = c.Leave(n.Context()); n.join("a") },
		"it ended by the last timeout":  func(n *node, c *room.Caller) { n.sooner(c, 3600); time.Sleep(time.Minute) },
		"the last peer's grants ended":  func(n *node, c *room.Caller) { n.lastEnds(c) },
		"somebody asked for other ones": func(n *node, _ *room.Caller) { _, _ = n.enter("b", auth.Token{Peer: "x"}) },
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bubbleOf(t, room.Config{}, func(n *node) {
				caller, _ := n.join("a")
				test(n, caller)
				synctest.Wait()
			})
		})
	}
}

// sooner writes keys a0, a1 ... that go after so many seconds.
func (n *node) sooner(caller *room.Caller, seconds ...int) {
	n.Helper()
	for i, s := range seconds {
		n.write(caller, lasting(set(fmt.Sprint("a", i), "1"), time.Duration(s)*time.Second))
	}
}

func (n *node) lastEnds(caller *room.Caller) {
	n.Helper()
	last, _ := n.joinAs("a", "bob", &model.Grants{Write: model.AllKeys(), Expires: in(time.Second)})
	n.sooner(last, 2000)
	_ = caller.Leave(n.Context())
	time.Sleep(time.Second)
	n.wantPeers(0)
}

// All that expires in one moment is one event; what is written again in time
// stays.
func TestExpiryIsToldWithItsReason(t *testing.T) {
	bubbleOf(t, room.Config{}, func(n *node) {
		caller, _ := n.join("a")
		stream := n.observe(caller, everything)
		n.write(caller, lasting(set("a", "1"), time.Second))
		n.write(caller, lasting(set("b", "1"), time.Second))
		n.write(caller, lasting(set("c", "1"), time.Second))
		n.wantTold(stream, "snapshot@3 a b c")
		time.Sleep(999 * time.Millisecond)
		n.write(caller, set("c", "2"))
		n.wantTold(stream, "update@4 +c")
		time.Sleep(time.Millisecond)
		n.wantTold(stream, "update@5 -a expired -b expired")
		if _, _, err := caller.Entry("a"); err == nil {
			n.Error("an entry that has expired is still there")
		}
		time.Sleep(time.Hour)
		n.wantTold(stream, "")
	})
}

// While the journal fails nothing goes; when it works again, what is over goes
// within a second.
func TestRefusedExpiryIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &disk{Journal: memory.New()}
		n := newNode(t, disk)
		caller, _ := n.join("a")
		stream := n.observe(caller, everything)
		n.write(caller, lasting(set("a", "1"), time.Second))
		disk.broken.Store(true)
		time.Sleep(time.Minute)
		n.wantTold(stream, "snapshot@1 a")
		disk.broken.Store(false)
		time.Sleep(time.Second)
		n.wantTold(stream, "update@2 -a expired")
		n.closeAtOnce()
	})
}

// BenchmarkExpiry says what an expiry costs, from the write that arms the timer to
// the change that it makes, in a room of so many keys. Of it, keys=1/write is the
// write.
func BenchmarkExpiry(b *testing.B) {
	for _, keys := range []int{1, 100} {
		b.Run(fmt.Sprint("keys=", keys), func(b *testing.B) {
			caller, woken := newBenchRoom(b, keys-1)
			// It is over when it is written: the timer rings at once.
			short := lasting(set("short", "1"), 1)
			for b.Loop() {
				mustWrite(b, caller, short)
				for isThere := true; isThere; {
					<-woken
					_, _, err := caller.Entry("short")
					isThere = err == nil
				}
			}
		})
		b.Run(fmt.Sprint("keys=", keys, "/write"), func(b *testing.B) {
			caller, woken := newBenchRoom(b, keys-1)
			for b.Loop() {
				mustWrite(b, caller, set("short", "1"))
				<-woken
			}
		})
	}
}

// newBenchRoom is a room with keys that go later, and a stream that is woken.
func newBenchRoom(b *testing.B, keys int) (*room.Caller, wakes) {
	b.Helper()
	rooms := room.NewRegistry(room.Config{Journal: memory.New(), NewSessionID: auth.NewSessionID})
	id := auth.NewID()
	_, hash := auth.NewToken(id)
	caller, err := rooms.Join(b.Context(), "a", model.Peer{ID: id, Token: hash})
	if err != nil {
		b.Fatal(err)
	}
	for i := range keys {
		mustWrite(b, caller, lasting(set(fmt.Sprint("k", i), "1"), time.Hour))
	}
	stream, err := caller.Observe(b.Context(), everything)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stream.Close()
		rooms.Close()
	})
	woken := make(wakes, 1)
	stream.Attach(woken)
	b.ReportAllocs()
	return caller, woken
}

// wakes is a sink that says that it was woken.
type wakes chan struct{}

func (w wakes) Wake() {
	select {
	case w <- struct{}{}:
	default:
	}
}

func (wakes) Hurry() {}

func mustWrite(b *testing.B, caller *room.Caller, w model.Write) {
	b.Helper()
	if _, err := caller.Write(b.Context(), w); err != nil {
		b.Fatal(err)
	}
}

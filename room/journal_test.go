package room_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"session-store/journal/memory"
	"session-store/model"
	"session-store/room"
)

func TestRefusedByTheJournalChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &disk{Journal: memory.New()}
		n := newNode(t, disk)
		defer n.Close()
		caller, token := n.join("a")
		n.write(caller, set("k", "1"))
		stream, _ := caller.Observe(n.Context(), everything)
		stream.Next()
		before, _ := caller.Describe()

		disk.broken.Store(true)
		_, err := caller.Write(t.Context(), set("k", "2"))
		n.wantCode(err, model.Unavailable)
		if !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("the log would not say why: %v", err)
		}
		n.wantCode(caller.Leave(t.Context()), model.Unavailable)
		if after, _ := caller.Describe(); after != before {
			t.Errorf("it was %+v, it is %+v", before, after)
		}
		if data, _ := stream.Next(); data != nil {
			t.Errorf("the stream has %q", data)
		}
		// A peer that could not be removed is removed when it can.
		stream.Close()
		time.Sleep(40 * time.Second)
		n.wantPeers(1)
		disk.broken.Store(false)
		time.Sleep(30 * time.Second)
		n.wantPeers(0)
		_, err = n.enter("a", token)
		n.wantCode(err, model.Unauthorized)
	})
}

// Two nodes that share a journal take turns; neither loses what the other wrote.
func TestOrderTwoNodesMakeOneHistory(t *testing.T) {
	shared := memory.New()
	one, two := newNode(t, shared), newNode(t, shared)
	defer one.Close()
	defer two.Close()
	ann, token := one.join("a")
	there, err := two.enter("a", token)
	if err != nil {
		t.Fatalf("a token of the one node on the other: %v", err)
	}
	var group sync.WaitGroup
	for _, caller := range []*room.Caller{ann, there} {
		group.Go(func() {
			for done := 0; done < 200; {
				entry, at, err := caller.Entry("n")
				value, ifMatch, ifNone := 0, "", "*"
				if err == nil {
					ifMatch, ifNone = at.ETag(), ""
					_, _ = fmt.Sscan(string(entry.Value), &value)
				}
				w := set("n", fmt.Sprint(value+1))
				if w.If, err = model.ParseCondition(ifMatch, ifNone); err != nil {
					t.Errorf("condition: %v", err)
					return
				}
				_, err = caller.Write(t.Context(), w)
				var told *model.Error
				switch {
				case err == nil:
					done++
				case !errors.As(err, &told) || told.Code != model.PreconditionFailed:
					t.Errorf("write: %v", err)
					return
				}
			}
		})
	}
	group.Wait()
	// A node hears of what the other wrote when it writes itself.
	two.write(there, set("last", "1"))
	if entry, at, err := there.Entry("n"); err != nil || string(entry.Value) != "400" || at.Revision != 400 {
		t.Errorf("400 increments made %s at %v, %v", entry.Value, at, err)
	}
}

func TestJournalOfALongSessionStaysSmall(t *testing.T) {
	j := memory.New()
	n := newNode(t, j)
	defer n.Close()
	caller, _ := n.join("a")
	for i := range 10_000 {
		n.write(caller, set(fmt.Sprintf("k%d", i%50), "1"))
	}
	log, err := j.Open(t.Context(), "a", func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	records, err := log.Read(t.Context(), 0)
	if err != nil || len(records) > 200 {
		t.Errorf("%d records, %v", len(records), err)
	}
	same := model.NewSession(model.DefaultLimits())
	for _, record := range records {
		for _, change := range record.Changes {
			same.Apply(change)
		}
	}
	if at, _ := caller.Position(); same.Position() != at {
		t.Errorf("the journal ends at %v, the room stands at %v", same.Position(), at)
	}
}

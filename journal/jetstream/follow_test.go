package jetstream_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"session-store/journal"
	"session-store/model"
)

// A writer hears its own records too, and is not woken for them.
func TestWriterIsNotWokenForItself(t *testing.T) {
	t.Parallel()
	srv := single(t)
	one, two := connectTo(t, srv.ClientURL()), connectTo(t, srv.ClientURL())
	writer, reader := open(t, one, "a"), open(t, two, "a")
	last := writer.append(0, begins())
	for i := range uint64(500) {
		last = writer.append(last, written(i+1))
	}
	reader.waitFor(0, last)
	if n := writer.wakes.Load(); n > 0 {
		t.Errorf("the writer was woken %d times", n)
	}
	if list, ok := writer.Heard(last); !ok || len(list) > 0 {
		t.Errorf("the writer has heard %d records, %v", len(list), ok)
	}
}

// The ack of an append gets lost, and the connection with it. The append asks again
// and finds its own record.
func TestAppendWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	between, one, two := twoNodes(t)
	tests := map[string]struct {
		// meanwhile is what others do before the append can ask again.
		meanwhile func(other *spectator, stored uint64)
		outcome   func(t *testing.T, seq, stored uint64, err error)
	}{
		"nothing else happens": {
			func(*spectator, uint64) {},
			stored,
		},
		"another record follows": {
			func(other *spectator, stored uint64) { other.append(stored, written(2)) },
			stored,
		},
		"a snapshot takes the place of both": {
			func(other *spectator, stored uint64) {
				if _, err := other.Compact(other.t.Context(), stored, begins()); err != nil {
					other.t.Fatal(err)
				}
			},
			func(t *testing.T, seq, stored uint64, err error) {
				if err == nil || errors.Is(err, journal.ErrBehind) {
					t.Errorf("got %d, %v: nobody can know", seq, err)
				}
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			room := strings.ReplaceAll(name, " ", "-")
			writer, other := open(t, one, room), open(t, two, room)
			first := writer.append(0, begins())
			between.lose(everything)
			done := writer.appendBeside(first, written(1))
			other.waitFor(0, first+1)
			numbers := other.numbers()
			tt.meanwhile(other, numbers[1])
			between.lose(nothing)
			between.cut()
			got := <-done
			tt.outcome(t, got.seq, numbers[1], got.err)
		})
	}
}

func stored(t *testing.T, seq, stored uint64, err error) {
	if err != nil || seq != stored {
		t.Errorf("got %d, %v, want the number %d that it has", seq, err, stored)
	}
}

// The answers stay away, and another record takes the place: the append was not
// stored, and says so.
func TestAppendThatDidNotArrive(t *testing.T) {
	t.Parallel()
	between, one, two := twoNodes(t)
	// An append waits for its node for two seconds, in which a busy machine may not be back.
	const tries = 3
	for try := 1; ; try++ {
		room := fmt.Sprint("a", try)
		writer, other := open(t, one, room), open(t, two, room)
		first := writer.append(0, begins())
		between.setDown(true)
		eventually(t, "the node says that it is cut off", func() bool { return one.Ready() != nil })
		done := writer.appendBeside(first, written(1))
		last := other.append(first, written(7))
		between.setDown(false)
		got := <-done
		writer.waitFor(first, last)
		if errors.Is(got.err, journal.ErrBehind) {
			return
		}
		if try == tries {
			t.Fatalf("got %v, want ErrBehind", got.err)
		}
		eventually(t, "the node is back", func() bool { return one.Ready() == nil })
	}
}

// A node that is cut off says so, fails soon, and comes back by itself. What it has
// missed it is woken for, though nobody writes any more.
func TestNodeThatIsCutOff(t *testing.T) {
	t.Parallel()
	between, one, two := twoNodes(t)
	reader, writer := open(t, one, "a"), open(t, two, "a")
	first := writer.append(0, begins())
	reader.waitFor(0, first)
	eventually(t, "the nodes know each other", func() bool { return len(one.Nodes()) == 1 })

	between.setDown(true)
	eventually(t, "the node says that it is cut off", func() bool { return one.Ready() != nil })
	if err := one.Ready(); !strings.Contains(err.Error(), "not connected to NATS") {
		t.Errorf("ready says %q", err)
	}
	last := writer.append(first, written(1))
	last = writer.append(last, written(2))
	begin := time.Now()
	if _, err := reader.Append(t.Context(), first, []*model.Change{written(1)}); err == nil || errors.Is(err, journal.ErrBehind) {
		t.Errorf("an append without a connection: %v", err)
	}
	if took := time.Since(begin); took > 4*time.Second { // not after the 5 for which others try
		t.Errorf("it failed only after %v", took)
	}
	if len(one.Nodes()) != 1 {
		t.Errorf("the silence is its own, and it says the nodes are %v", one.Nodes())
	}

	between.setDown(false)
	reader.waitFor(first, last)
	eventually(t, "the node is ready again", func() bool { return one.Ready() == nil })
	reader.append(last, written(3))
}

// A node that is back says so at once. Others that have taken it for gone would only hear
// its next beat, and not even that if it dies before.
func TestNodeThatIsBackGreets(t *testing.T) {
	t.Parallel()
	srv := single(t)
	between := newProxy(t, srv)
	conn, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	words, err := conn.SubscribeSync("SESSION_STORE.node.>")
	if err != nil {
		t.Fatal(err)
	}
	node := connectTo(t, between.url())
	for _, when := range []string{"it starts", "it is back"} {
		for beats := 0; ; beats++ {
			msg, err := words.NextMsg(10 * time.Second)
			if err != nil || beats > 5 {
				t.Fatalf("%s, and does not greet in %d beats: %v", when, beats, err)
			}
			if string(msg.Data) == "hello" && strings.HasSuffix(msg.Subject, node.Node()) {
				break
			}
		}
		between.cut()
	}
}

// NATS loses the message that tells of a record, and it was the last one.
func TestLastMessageIsLost(t *testing.T) {
	t.Parallel()
	between, one, two := twoNodes(t)
	reader, writer := open(t, one, "a"), open(t, two, "a")
	first := writer.append(0, begins())
	reader.waitFor(0, first)
	between.lose(records)
	last := writer.append(writer.append(first, written(1)), written(2))
	reader.waitFor(first, last)
}

// A server that goes without a word: no connection ends, nothing comes any more.
func TestServerGoesWithoutAWord(t *testing.T) {
	t.Parallel()
	between, one, two := twoNodes(t)
	reader, writer := open(t, one, "a"), open(t, two, "a")
	between.setStill(true)
	last := writer.append(0, begins())
	eventually(t, "the node says that it is cut off", func() bool { return one.Ready() != nil })
	between.setStill(false)
	reader.waitFor(0, last)
	eventually(t, "the node is ready again", func() bool { return one.Ready() == nil })
}

// A message in the middle is lost: the next one does not connect.
func TestMessageIsLost(t *testing.T) {
	t.Parallel()
	between, one, two := twoNodes(t)
	reader, writer := open(t, one, "a"), open(t, two, "a")
	first := writer.append(0, begins())
	reader.waitFor(0, first)
	between.lose(records)
	second := writer.append(first, written(1))
	// What the server has said before it answers this has come through.
	for _, err := range one.Rooms(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	between.lose(nothing)
	third := writer.append(second, written(2))
	<-reader.woken
	if list, ok := reader.Heard(first); ok {
		t.Errorf("heard %d records as if none were missing", len(list))
	}
	list, err := reader.Read(t.Context(), first)
	if err != nil || len(list) != 2 || list[1].Seq != third {
		t.Errorf("read %d records, %v", len(list), err)
	}
	if list, ok := reader.Heard(third); !ok || len(list) > 0 {
		t.Errorf("heard %d records after the last, %v", len(list), ok)
	}
}

package jetstream_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/model"
)

// What is there is left as it is, and refused if the journal would not hold on it.
func TestStreamThatIsThere(t *testing.T) {
	t.Parallel()
	srv := single(t)
	js := manage(t, srv.ClientURL())
	tests := map[string]struct {
		change func(*natsjs.StreamConfig)
		says   string // empty: it fits
	}{
		"as it would be made":       {func(*natsjs.StreamConfig) {}, ""},
		"of a newer version":        {func(c *natsjs.StreamConfig) { c.Description, c.AllowAtomicPublish = "newer", true }, ""},
		"bounded, and says so":      {func(c *natsjs.StreamConfig) { c.MaxBytes, c.Discard = 1<<20, natsjs.DiscardNew }, ""},
		"of others":                 {func(c *natsjs.StreamConfig) { c.Subjects, c.RePublish = []string{"orders"}, nil }, "subjects must be"},
		"that forgets":              {func(c *natsjs.StreamConfig) { c.MaxAge = time.Hour }, "max_age"},
		"that forgets what is old":  {func(c *natsjs.StreamConfig) { c.MaxMsgs = 10 }, "discard"},
		"without snapshots":         {func(c *natsjs.StreamConfig) { c.AllowRollup = false }, "allow_rollup_hdrs"},
		"that tells nobody":         {func(c *natsjs.StreamConfig) { c.RePublish = nil }, "republish"},
		"with the last record only": {func(c *natsjs.StreamConfig) { c.MaxMsgsPerSubject = 1 }, "max_msgs_per_subject"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			stream := strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), ",", "")
			config := natsjs.StreamConfig{
				Name: stream, Subjects: []string{stream + ".room.*"},
				AllowRollup: true, AllowDirect: true, AllowMsgTTL: true,
				RePublish: &natsjs.RePublish{Source: stream + ".room.*", Destination: stream + ".heard.{{wildcard(1)}}"},
			}
			tt.change(&config)
			made, err := js.CreateStream(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			j, err := jetstream.Connect(t.Context(), jetstream.Config{URLs: []string{srv.ClientURL()}, Stream: stream})
			if err == nil {
				defer j.Close()
			}
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			after, err := js.Stream(t.Context(), stream)
			if err != nil {
				t.Fatal(err)
			}
			if was, is := made.CachedInfo().Config, after.CachedInfo().Config; !reflect.DeepEqual(was, is) {
				t.Errorf("it was changed from\n%+v\nto\n%+v", was, is)
			}
		})
	}
}

// Somebody removes the stream. It is made again, the sessions in it are over, and
// no number comes again.
func TestStreamThatIsRemoved(t *testing.T) {
	t.Parallel()
	srv := single(t)
	j := connectTo(t, srv.ClientURL())
	log := open(t, j, "a")
	last := log.append(log.append(0, begins()), written(1))
	js := manage(t, srv.ClientURL())
	if err := js.DeleteStream(t.Context(), "SESSION_STORE"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the stream is there again", func() bool {
		_, err := js.Stream(t.Context(), "SESSION_STORE")
		return err == nil
	})
	wantOver(t, log, last)
	if next := open(t, j, "a").append(0, begins()); next <= last {
		t.Errorf("number %d comes after %d", next, last)
	}
}

// wantOver is what a log is told whose session has vanished.
func wantOver(t *testing.T, log *spectator, after uint64) {
	t.Helper()
	if _, err := log.Append(t.Context(), after, []*model.Change{written(2)}); !errors.Is(err, journal.ErrBehind) {
		t.Errorf("append got %v, want ErrBehind", err)
	}
	list, err := log.Read(t.Context(), after)
	if err != nil || len(list) != 1 || !list[0].Changes[0].Ends || list[0].Seq <= after {
		t.Errorf("read %+v, %v, want an end", list, err)
	}
}

// The end of a session goes after an hour. Whoever stands before it is told of an
// end all the same; a newcomer finds an empty room.
func TestEndThatHasVanished(t *testing.T) {
	t.Parallel()
	srv := single(t)
	j := connectTo(t, srv.ClientURL())
	js := manage(t, srv.ClientURL())
	stream, err := js.Stream(t.Context(), "SESSION_STORE")
	if err != nil {
		t.Fatal(err)
	}
	late, log := open(t, j, "a"), open(t, j, "a")
	first := log.append(0, begins())
	last := log.append(first, &model.Change{Session: "s", Ends: true})
	msg, err := stream.GetLastMsgForSubject(t.Context(), "SESSION_STORE.room.a")
	if err != nil {
		t.Fatal(err)
	}
	if ttl := msg.Header.Get("Nats-TTL"); ttl != "1h" {
		t.Errorf("the end stays for %q", ttl)
	}
	if err := stream.DeleteMsg(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	wantOver(t, late, first)
	if got := open(t, j, "a").numbers(); len(got) > 0 {
		t.Errorf("a newcomer reads %v", got)
	}
	next := open(t, j, "a").append(0, begins())
	list, err := late.Read(t.Context(), first)
	if err != nil || len(list) != 1 || list[0].Seq != next {
		t.Errorf("read %+v, %v, want the new session", list, err)
	}
}

// Records that this program cannot read concern their own room alone.
func TestRecordsOfOthers(t *testing.T) {
	t.Parallel()
	srv := single(t)
	j := connectTo(t, srv.ClientURL())
	js := manage(t, srv.ClientURL())
	publish := func(room, data string) {
		t.Helper()
		if _, err := js.Publish(t.Context(), "SESSION_STORE.room."+room, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	newer, broken, fine := open(t, j, "newer"), open(t, j, "broken"), open(t, j, "fine")
	first := newer.append(0, begins())
	broken.append(0, begins())
	seq := fine.append(0, begins())
	publish("newer", `{"v":2,"changes":"of another form"}`)
	publish("broken", `hello`)
	<-newer.woken
	if _, ok := newer.Heard(first); ok {
		t.Error("a record of a newer version was heard")
	}
	if _, err := newer.Read(t.Context(), first); !errors.Is(err, journal.ErrVersion) || !strings.Contains(err.Error(), "room newer") {
		t.Errorf("a newer version: %v", err)
	}
	if _, err := broken.Read(t.Context(), 0); err == nil || errors.Is(err, journal.ErrVersion) {
		t.Errorf("a broken record: %v", err)
	}
	fine.append(seq, written(1))
}

// Records removed by hand leave a hole, which is not passed over in silence. A
// snapshot behind it makes it good.
func TestHole(t *testing.T) {
	t.Parallel()
	srv := single(t)
	j := connectTo(t, srv.ClientURL())
	log, late := open(t, j, "a"), open(t, j, "a")
	first := log.append(0, begins())
	second := log.append(first, written(1))
	last := log.append(second, written(2))
	stream, err := manage(t, srv.ClientURL()).Stream(t.Context(), "SESSION_STORE")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	for _, after := range []uint64{0, first} {
		if list, err := late.Read(t.Context(), after); err == nil {
			t.Errorf("after %d: read %d records", after, len(list))
		}
	}
	seq, err := log.Compact(t.Context(), last, begins())
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []uint64{0, first} {
		if list, err := late.Read(t.Context(), after); err != nil || len(list) != 1 || list[0].Seq != seq {
			t.Errorf("after %d: read %d records, %v", after, len(list), err)
		}
	}
}

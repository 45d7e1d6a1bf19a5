package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/model"
)

func TestConfigThatIsWrong(t *testing.T) {
	t.Parallel()
	small := start(t, &server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 65536,
	})
	without := start(t, &server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, Username: "a", Password: "b"})
	tests := map[string]struct {
		config jetstream.Config
		says   []string
	}{
		"no server":             {jetstream.Config{}, []string{"no NATS server"}},
		"a stream with a dot":   {jetstream.Config{URLs: []string{"x"}, Stream: "a.b"}, []string{"'.'"}},
		"six copies":            {jetstream.Config{URLs: []string{"x"}, Replicas: 6}, []string{"1 to 5"}},
		"a key missing":         {jetstream.Config{URLs: []string{"x"}, Cert: "c.pem"}, []string{"key"}},
		"no such CA":            {jetstream.Config{URLs: []string{"x"}, CA: "no.pem"}, []string{"no.pem"}},
		"no such credentials":   {jetstream.Config{URLs: []string{small.ClientURL()}, Credentials: "no.creds"}, []string{"no.creds"}},
		"records of a megabyte": {jetstream.Config{URLs: []string{small.ClientURL()}, MaxRecord: 1 << 20}, []string{"1049088", "65536", "max_payload"}},
		"a wrong password":      {jetstream.Config{URLs: []string{without.ClientURL()}}, []string{"Authorization"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j, err := jetstream.Connect(t.Context(), tt.config)
			if err == nil {
				_ = j.Close()
				t.Fatal("it connects")
			}
			for _, what := range tt.says {
				if !strings.Contains(err.Error(), what) {
					t.Errorf("%q does not say %q", err, what)
				}
			}
		})
	}
}

// A start can be given up.
func TestConnectEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	url := fmt.Sprint("nats://", fixedAddr(t))
	if _, err := jetstream.Connect(ctx, jetstream.Config{URLs: []string{url}}); err == nil {
		t.Fatal("it connects to nobody")
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Everything starts at once: the servers and several nodes. One of them makes the
// stream.
func TestEverythingStartsAtOnce(t *testing.T) {
	t.Parallel()
	options := clusterOptions(t, 3)
	urls := make([]string, 3)
	for i := range options {
		addr := fixedAddr(t)
		options[i].Host, options[i].Port = addr.Addr().String(), int(addr.Port())
		urls[i] = fmt.Sprint("nats://", addr)
	}
	var group sync.WaitGroup
	nodes := make([]journal.Journal, 4)
	for i := range nodes {
		group.Go(func() {
			var err error
			nodes[i], err = jetstream.Connect(t.Context(), jetstream.Config{URLs: urls[i%3:]})
			if err != nil {
				t.Error(err)
			}
		})
	}
	first := launch(t, options[0])
	launch(t, options[1])
	launch(t, options[2])
	group.Wait()
	if t.Failed() {
		return
	}
	wantCopies(t, first.ClientURL(), "SESSION_STORE", 3)
	log := open(t, nodes[0], "a")
	seq := log.append(0, begins())
	for i, j := range nodes {
		if got := open(t, j, "a").numbers(); len(got) != 1 || got[0] != seq {
			t.Errorf("node %d reads %v", i, got)
		}
	}
	for _, j := range nodes {
		_ = j.Close()
	}
}

func TestSingleServerHasOneCopy(t *testing.T) {
	t.Parallel()
	srv := single(t)
	connectTo(t, srv.ClientURL())
	wantCopies(t, srv.ClientURL(), "SESSION_STORE", 1)
}

func wantCopies(t *testing.T, url, stream string, want int) {
	t.Helper()
	found, err := manage(t, url).Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	if n := found.CachedInfo().Config.Replicas; n != want {
		t.Errorf("the stream has %d copies, want %d", n, want)
	}
}

// A cluster of two servers is waited for to get a third: a stream with fewer copies
// would stay so.
func TestThirdCopyIsWaitedFor(t *testing.T) {
	t.Parallel()
	servers := startChildren(t, 2)
	third := newChild(t, "third")
	third.Routes = servers[0].Routes
	connect := func(stream string, copies int) error {
		j, err := jetstream.Connect(t.Context(), jetstream.Config{URLs: []string{servers[0].url()}, Stream: stream, Replicas: copies})
		if err == nil {
			err = j.Close()
		}
		return err
	}
	if err := connect("TWO", 2); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- connect("THREE", 0) }()
	select {
	case err := <-done:
		t.Fatalf("two servers were enough: %v", err)
	case <-time.After(time.Second): // a refusal comes at once
	}
	third.start(t)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantCopies(t, servers[0].url(), "TWO", 2)
	wantCopies(t, servers[0].url(), "THREE", 3)
}

func TestRecordThatIsTooLarge(t *testing.T) {
	t.Parallel()
	srv := single(t)
	remote, err := jetstream.Connect(t.Context(), jetstream.Config{URLs: []string{srv.ClientURL()}, MaxRecord: 4096})
	if err != nil {
		t.Fatal(err)
	}
	local, err := jetstream.Embed(t.Context(), jetstream.EmbedConfig{Dir: t.TempDir(), MaxRecord: 4096})
	if err != nil {
		t.Fatal(err)
	}
	for name, j := range map[string]journal.Journal{"connected": remote, "embedded": local} {
		t.Run(name, func(t *testing.T) {
			defer j.Close()
			log := open(t, j, "a")
			large, fits := begins(), begins()
			large.Set = []*model.Entry{{Key: "k", Value: model.Value(`"` + strings.Repeat("x", 4096) + `"`)}}
			fits.Set = []*model.Entry{{Key: "k", Value: model.Value(`"` + strings.Repeat("x", 3800) + `"`)}}
			if _, err := log.Append(t.Context(), 0, []*model.Change{large}); !errors.Is(err, journal.ErrTooLarge) {
				t.Errorf("append: %v", err)
			}
			if _, err := log.Compact(t.Context(), 0, large); !errors.Is(err, journal.ErrTooLarge) {
				t.Errorf("compact: %v", err)
			}
			seq := log.append(0, fits)
			if got := log.numbers(); len(got) != 1 || got[0] != seq {
				t.Errorf("the records are %v", got)
			}
		})
	}
}

package jetstream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// maxMessage is what a NATS server stores at most: its files take no record from
// 32 MiB on.
const maxMessage = 32<<20 - 1024

// embedded is a NATS server in this process, and the connection to it.
type embedded struct {
	server *server.Server
	conn   *nats.Conn
}

// run starts a server on the folder, and opens the stream. From then on trouble is
// told each error of the server, at once and while it holds its locks.
func run(ctx context.Context, n names, config EmbedConfig, trouble func(string)) (e embedded, err error) {
	if e.server, err = server.NewServer(config.server()); err != nil {
		return e, fmt.Errorf("the NATS server in %s: %w", config.Dir, err)
	}
	defer func() {
		if err != nil {
			e.end()
		}
	}()
	was := hasRecords(n, config.Dir)
	log := &logger{log: config.Log}
	e.server.SetLoggerV2(log, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(startPatience) || !e.server.JetStreamEnabled() {
		return e, fmt.Errorf("the NATS server in %s does not start: %s", config.Dir, log.said())
	}
	if e.conn, err = nats.Connect("", nats.InProcessServer(e.server), nats.NoReconnect()); err != nil {
		return e, fmt.Errorf("connect to the NATS server in %s: %w", config.Dir, err)
	}
	if was {
		// What cannot be read must not be taken for an empty journal.
		if _, err = n.request(ctx, e.conn, "STREAM.INFO", nil); err != nil {
			return e, fmt.Errorf("the records in %s cannot be read; the log says why: %w", config.Dir, err)
		}
	}
	if _, err = n.ensure(ctx, e.conn, 1, false); err == nil {
		log.listen(trouble)
	}
	return e, err
}

// hasRecords reports whether the folder has files with records of the stream. A
// process that was killed while it made the stream leaves none.
func hasRecords(n names, dir string) bool {
	blocks, _ := os.ReadDir(filepath.Join(dir, "jetstream", "$G", "streams", n.stream, "msgs"))
	for _, block := range blocks {
		if info, err := block.Info(); err == nil && info.Size() > 0 && filepath.Ext(block.Name()) == ".blk" {
			return true
		}
	}
	return false
}

func (c EmbedConfig) server() *server.Options {
	return &server.Options{
		ServerName: "session-store", DontListen: true, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: c.Dir,
		SyncAlways: c.SyncAlways, SyncInterval: time.Second,
		// Without these the server takes three quarters of what is free when it
		// starts, and refuses what goes beyond.
		JetStreamMaxMemory: 1 << 20, JetStreamMaxStore: math.MaxInt64 / 2,
		MaxPayload: int32(c.MaxRecord + headerRoom),
	}
}

// health is why the server does not store anything, or nil.
func (e embedded) health() error {
	if !e.conn.IsConnected() {
		return errors.New("the connection to the server in this process has ended")
	}
	if status := e.server.Healthz(nil); status.Error != "" {
		return errors.New(status.Error)
	}
	return nil
}

// end stops the server. All that was answered is in the hands of the kernel, if
// not on the disk.
func (e embedded) end() {
	if e.conn != nil {
		e.conn.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
}

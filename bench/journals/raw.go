package journals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// rawStream has the settings of the product's, under another name.
const rawStream = "RAW"

// rawBytes is the size of a record with one value of 100 bytes, and of the id that
// each has.
const rawBytes = 330

// stillBusy is what a leader says for a moment after it has answered the last record
// of a subject: try again.
const stillBusy = 10164

// makeRaw makes the stream, once the servers are ready for it.
func makeRaw(ctx context.Context, conn *nats.Conn, replicas int) error {
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	config := jetstream.StreamConfig{
		Name: rawStream, Subjects: []string{rawStream + ".room.*"}, Storage: jetstream.FileStorage, Replicas: replicas,
		AllowRollup: true, AllowDirect: true, AllowMsgTTL: true,
	}
	if replicas > 1 {
		config.RePublish = &jetstream.RePublish{Source: rawStream + ".room.*", Destination: rawStream + ".heard.{{wildcard(1)}}"}
	}
	for end := time.Now().Add(30 * time.Second); ; {
		if _, err = js.CreateStream(ctx, config); err == nil || time.Now().After(end) || ctx.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond) // the servers elect their leader
	}
}

// rawWriter publishes to one subject, each time on the condition that nobody else
// has.
func rawWriter(conn *nats.Conn, name string) writer {
	after := uint64(0)
	payload := make([]byte, rawBytes)
	for i := range payload {
		payload[i] = 'x'
	}
	var write writer
	write = func(ctx context.Context) error {
		answer, err := conn.RequestMsg(&nats.Msg{
			Subject: rawStream + ".room." + name, Data: payload,
			Header: nats.Header{"Nats-Expected-Last-Subject-Sequence": []string{strconv.FormatUint(after, 10)}},
		}, 10*time.Second)
		if err != nil {
			return fmt.Errorf("publish to %s: %w", name, err)
		}
		var ack struct {
			Seq   uint64
			Error *struct {
				Description string
				ErrCode     int `json:"err_code"`
			}
		}
		if err := json.Unmarshal(answer.Data, &ack); err != nil {
			return err
		}
		if ack.Error != nil && ack.Error.ErrCode == stillBusy && ctx.Err() == nil {
			return write(ctx)
		}
		if ack.Error != nil {
			return errors.New(ack.Error.Description)
		}
		after = ack.Seq
		return nil
	}
	return write
}

func rawWriters(conn *nats.Conn, prefix string, count int) (writers []writer) {
	for i := range count {
		writers = append(writers, rawWriter(conn, fmt.Sprint(prefix, i)))
	}
	return writers
}

package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// batchSize and batchBytes are how much one request gives. A server ends the
// connection of a client to which it has more than 64 MiB to say.
const (
	batchSize  = 256
	batchBytes = 8 << 20
)

// batches gives the records of a room after a number, from whatever replica
// answers.
func (s *stream) batches(ctx context.Context, subject string, after uint64) ([]stored, error) {
	deadline := deadlineOf(ctx)
	var list []stored
	for try := 0; ; try++ {
		way, err := s.link.await(ctx, deadline)
		if err != nil {
			return nil, err
		}
		some, more, err := s.batch(way.conn, subject, after, attempt(try, deadline))
		if err == nil && !s.link.is(way) {
			err = nats.ErrDisconnected
		}
		if err != nil {
			if !pause(ctx, pauseAfter(err), deadline) {
				return nil, fmt.Errorf("no answer from NATS: %w", err)
			}
			continue
		}
		list = append(list, some...)
		if !more || len(some) == 0 {
			return list, nil
		}
		after, try = some[len(some)-1].seq, -1
		deadline = deadlineOf(ctx)
	}
}

// batch makes one request, which is answered by many messages and an end.
func (s *stream) batch(conn *nats.Conn, subject string, after uint64, wait time.Duration) (list []stored, more bool, err error) {
	body, err := json.Marshal(query{Seq: after + 1, Next: subject, Batch: batchSize, Bytes: batchBytes})
	if err != nil {
		return nil, false, err
	}
	inbox := conn.NewInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := conn.PublishRequest("$JS.API.DIRECT.GET."+s.names.stream, inbox, body); err != nil {
		return nil, false, err
	}
	for {
		msg, err := sub.NextMsg(wait)
		if err != nil {
			return nil, false, err
		}
		switch status := first(msg.Header, "Status"); status {
		case "":
			seq, err := strconv.ParseUint(first(msg.Header, nats.JSSequence), 10, 64)
			if err != nil {
				return nil, false, fmt.Errorf("a record without a number: %w", err)
			}
			list = append(list, storedOf(seq, msg.Header, msg.Data))
		case "204": // the end of the batch
			return list, first(msg.Header, "Nats-Num-Pending") != "0", nil
		case "404": // there is none
			return nil, false, nil
		case "503":
			return nil, false, nats.ErrNoResponders
		default:
			return nil, false, &refusal{Description: status + " " + first(msg.Header, "Description")}
		}
	}
}

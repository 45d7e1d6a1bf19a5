package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// query is what JetStream is asked for records of a room.
type query struct {
	Seq   uint64 `json:"seq,omitempty"`
	Last  string `json:"last_by_subj,omitempty"`
	Next  string `json:"next_by_subj,omitempty"`
	Batch int    `json:"batch,omitempty"`
	Bytes int    `json:"max_bytes,omitempty"`
}

// errVanished says that a record that was known has gone, and with it all that may
// have come after it: the session is over, for longer than its end is kept, or
// somebody has removed the stream.
var errVanished = errors.New("the records of the session are gone")

// read gives what stands in a room after a number, and all of it.
func (s *stream) read(ctx context.Context, subject string, after uint64) ([]stored, error) {
	if s.alone {
		list, err := s.batches(ctx, subject, after)
		if err != nil || len(list) > 0 || after == 0 {
			return list, err
		}
	}
	// Only the leader knows the newest record. Replicas may be a little behind.
	last, err := s.last(ctx, subject)
	switch {
	case err != nil:
		return nil, err
	case last.seq == after:
		return nil, nil
	case last.seq < after:
		return nil, errVanished
	}
	if last.prev == after {
		return []stored{last}, nil
	}
	list, err := s.batches(ctx, subject, after)
	if err != nil {
		return nil, err
	}
	for {
		if n := len(list); n > 0 {
			after = list[n-1].seq
		}
		if after >= last.seq {
			return list, nil
		}
		next, err := s.next(ctx, subject, after)
		if err != nil {
			return nil, err
		}
		if next.seq == 0 { // it was last, and has gone meanwhile
			return list, nil
		}
		list = append(list, next)
	}
}

// last is the newest record of a room, or none.
func (s *stream) last(ctx context.Context, subject string) (stored, error) {
	return s.get(ctx, query{Last: subject})
}

// next is the first record of a room after a number, or none.
func (s *stream) next(ctx context.Context, subject string, after uint64) (stored, error) {
	return s.get(ctx, query{Seq: after + 1, Next: subject})
}

// get asks the leader of the stream.
func (s *stream) get(ctx context.Context, q query) (stored, error) {
	var answer struct {
		Error   *refusal `json:"error"`
		Message struct {
			Seq  uint64 `json:"seq"`
			Hdrs []byte `json:"hdrs"`
			Data []byte `json:"data"`
		} `json:"message"`
	}
	err := s.call(ctx, "STREAM.MSG.GET", q, &answer, &answer.Error)
	if err != nil {
		if is(err, codeNotFound) {
			err = nil
		}
		return stored{}, err
	}
	if len(answer.Message.Hdrs) == 0 { // by hand: records of ours have some
		return storedOf(answer.Message.Seq, nil, answer.Message.Data), nil
	}
	header, err := nats.DecodeHeadersMsg(answer.Message.Hdrs)
	if err != nil {
		return stored{}, fmt.Errorf("headers of record %d: %w", answer.Message.Seq, err)
	}
	return storedOf(answer.Message.Seq, header, answer.Message.Data), nil
}

// call makes a request of the API of JetStream, and again while it is busy.
func (s *stream) call(ctx context.Context, call string, request, answer any, refused **refusal) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	deadline := deadlineOf(ctx)
	for {
		msg, err := s.link.ask(ctx, s.api(call), body)
		if err != nil {
			return err
		}
		*refused = nil
		if err := json.Unmarshal(msg.Data, answer); err != nil {
			return fmt.Errorf("the answer of JetStream to %s: %w", call, err)
		}
		if *refused == nil {
			return nil
		}
		if !(*refused).busy() || !pause(ctx, 50*time.Millisecond, deadline) {
			return *refused
		}
	}
}

// storedOf is a record by its headers.
func storedOf(seq uint64, header nats.Header, data []byte) stored {
	prev, _ := strconv.ParseUint(first(header, headerAfter), 10, 64)
	return stored{seq: seq, prev: prev, data: data}
}

// first is Header.Get, for names that stand as they are sent.
func first(header nats.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

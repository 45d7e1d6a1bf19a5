package e2e_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"session-store/e2e/peer"
)

// observer reads everything of its room, on one node and then on another, and goes
// on where it was.
type observer struct {
	*member
	streams *http.Client
	leaves  bool // and comes back as another peer
	replica peer.Replica
	crowd   peer.Crowd

	// moves counts how often it went to another node by itself, sent how often its
	// stream ended under it, refused how often it could not begin one.
	moves, sent, refused int
}

// streamClient opens streams. One that is hard resets its connections when it goes,
// in the place of a word.
func streamClient(hard bool) *http.Client {
	dialer := &net.Dialer{Timeout: callTimeout}
	return &http.Client{Transport: &http.Transport{
		ResponseHeaderTimeout: callTimeout, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err == nil && hard {
				err = conn.(*net.TCPConn).SetLinger(0)
			}
			return conn, err
		},
	}}
}

// run reads until the last entry of the room is there.
func (o *observer) run(ctx context.Context) {
	for ctx.Err() == nil && o.replica.Entries[lastKey] == "" {
		if o.leaves && o.moves > 3 {
			o.leaves = false
			o.leave(ctx)
		}
		o.rejoinIfOut(ctx) // what it knows of the session it still knows
		at := o.At(o.someNode())
		at.HTTP = o.streams
		stream, err := at.ObserveAll(ctx, o.replica.Position)
		if err != nil {
			if refusal := new(peer.Refusal); errors.As(err, &refusal) {
				o.turnedAway(refusal.Error())
			}
			o.failed = true
			o.refused++
			o.pause(ctx, 50*time.Millisecond, 300*time.Millisecond)
			continue
		}
		o.read(ctx, stream)
	}
}

// read follows the stream for some time.
func (o *observer) read(ctx context.Context, stream *peer.Stream) {
	goes := time.AfterFunc(500*time.Millisecond+time.Duration(o.random.IntN(3500))*time.Millisecond, stream.Close)
	defer stream.Close()
	o.failed = true
	for o.replica.Entries[lastKey] == "" {
		event, err := stream.Next()
		if err != nil {
			break
		}
		o.failed = false
		o.take(event)
	}
	if !o.failed { // it was more than a word to come back
		o.storm.crowd.sign(o.ID, time.Now())
	}
	if goes.Stop() {
		o.sent++
		o.failed = true
		o.pause(ctx, 50*time.Millisecond, 300*time.Millisecond)
	} else {
		o.moves++
	}
}

func (o *observer) take(event peer.Event) {
	o.storm.crowd.sign(o.ID, time.Now())
	var err error
	switch event.Name {
	case "peers":
		err = o.crowd.Apply(event)
		o.storm.checkLeft(o.ID, o.crowd.Left)
	case "end":
		o.turnedAway("end " + event.Data)
	default:
		o.history.tell(o.ID, event)
		err = o.replica.Apply(event)
		o.checkPairs()
	}
	if err != nil {
		o.storm.fault("%s of %s: %v", o.ID, o.history.room, err)
	}
}

// checkPairs wants that what one PATCH has written is seen at once.
func (o *observer) checkPairs() {
	for key, left := range o.replica.Entries {
		name, isLeft := strings.CutSuffix(key, leftPart)
		if !isLeft {
			continue
		}
		if right := o.replica.Entries[name+rightPart]; right != strings.Replace(left, leftPart, rightPart, 1) {
			o.storm.fault("%s of %s sees half of a PATCH: %s, %s", o.ID, o.history.room, left, right)
		}
	}
}

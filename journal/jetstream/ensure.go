package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// startPatience is how long a start waits for a cluster that is starting as well.
const startPatience = 30 * time.Second

// wanted is the stream as it is made where there is none.
func (n names) wanted(replicas int, told bool) natsjs.StreamConfig {
	config := natsjs.StreamConfig{
		Name:        n.stream,
		Description: "The changes of the rooms of Session Store.",
		Subjects:    []string{n.rooms + "*"},
		Storage:     natsjs.FileStorage,
		Replicas:    replicas,
		AllowRollup: true,
		AllowDirect: true,
		AllowMsgTTL: true,
		// A stream that is removed and made again goes on with higher numbers than
		// it ever had: nobody who stood in the old one can stand in the new one.
		FirstSeq: uint64(time.Now().UnixMicro()),
	}
	if told {
		config.RePublish = &natsjs.RePublish{Source: n.rooms + "*", Destination: n.heard + "{{wildcard(1)}}"}
	}
	return config
}

// check refuses a stream on which the journal would not hold. Whatever else is set
// on it is a choice of those who run it, or of a newer version.
func (n names) check(have natsjs.StreamConfig, told bool) error {
	want := n.wanted(0, told)
	var wrong []string
	must := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	must(len(have.Subjects) == 1 && have.Subjects[0] == want.Subjects[0], "subjects must be "+want.Subjects[0])
	must(have.AllowRollup && !have.DenyPurge, "allow_rollup_hdrs must be set, deny_purge not")
	must(have.AllowDirect, "allow_direct must be set")
	must(have.AllowMsgTTL, "allow_msg_ttl must be set")
	must(have.Retention == natsjs.LimitsPolicy, "retention must be limits")
	must(have.MaxAge == 0 && have.MaxMsgsPerSubject <= 0, "max_age and max_msgs_per_subject must not be set: they would drop records")
	must(have.Discard == natsjs.DiscardNew || have.MaxMsgs <= 0 && have.MaxBytes <= 0, "with max_msgs or max_bytes discard must be new: old would drop records")
	must(!have.NoAck && !have.Sealed, "no_ack and sealed must not be set")
	must(have.Mirror == nil && have.SubjectTransform == nil, "it must not be a mirror, nor have a subject_transform")
	if told {
		must(have.RePublish != nil && have.RePublish.Source == want.RePublish.Source &&
			have.RePublish.Destination == want.RePublish.Destination && !have.RePublish.HeadersOnly,
			"republish must be from "+want.RePublish.Source+" to "+want.RePublish.Destination)
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("the stream %s is not one of this program: %s", n.stream, strings.Join(wrong, "; "))
}

// streamInfo is the part that matters of what JetStream answers.
type streamInfo struct {
	Error  *refusal            `json:"error"`
	Config natsjs.StreamConfig `json:"config"`
	Total  int                 `json:"total"`
	State  struct {
		Subjects map[string]uint64 `json:"subjects"`
	} `json:"state"`
	Cluster *struct {
		Leader string `json:"leader"`
	} `json:"cluster"`
}

// ensure finds the stream, or makes it. What is there is never changed: another
// version may have made it. Several may do this at once: one of them makes it, and
// the others find it.
func (n names) ensure(ctx context.Context, conn *nats.Conn, replicas int, told bool) (natsjs.StreamConfig, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		info, err := n.request(ctx, conn, "STREAM.INFO", nil)
		if err == nil {
			return info.Config, n.check(info.Config, told)
		}
		if is(err, codeNoStream) {
			info, err = n.create(ctx, conn, replicas, told)
			if err == nil {
				return info.Config, nil
			}
		}
		if !startsSoon(err) {
			return natsjs.StreamConfig{}, err
		}
		deadline, _ := ctx.Deadline()
		if !pause(ctx, 200*time.Millisecond, deadline) {
			return natsjs.StreamConfig{}, late(err)
		}
	}
}

// create makes the stream. 0 replicas are three where there is a cluster; one that
// has not enough servers yet is waited for, since a stream with one copy would
// stay so.
func (n names) create(ctx context.Context, conn *nats.Conn, replicas int, told bool) (streamInfo, error) {
	if replicas != 0 {
		return n.request(ctx, conn, "STREAM.CREATE", n.wanted(replicas, told))
	}
	info, err := n.request(ctx, conn, "STREAM.CREATE", n.wanted(3, told))
	if is(err, codeNotClustered) {
		return n.request(ctx, conn, "STREAM.CREATE", n.wanted(1, told))
	}
	return info, err
}

// startsSoon reports whether an error is one of a cluster that is not complete yet.
func startsSoon(err error) bool {
	var refused *refusal
	if !errors.As(err, &refused) {
		return !errors.Is(err, context.Canceled)
	}
	return refused.busy() || is(refused, codeNoPeers, codeNameInUse, codeNoResources, codeNotEnabled)
}

// late says what was waited for in vain.
func late(err error) error {
	if is(err, codeNoPeers, codeNoResources) {
		return fmt.Errorf("the cluster has not as many servers with JetStream as the stream shall have copies, after %v: %w", startPatience, err)
	}
	return fmt.Errorf("JetStream was not ready within %v (is it enabled?): %w", startPatience, err)
}

// request is a call of the API, made once.
func (n names) request(ctx context.Context, conn *nats.Conn, call string, body any) (info streamInfo, err error) {
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return info, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	msg, err := conn.RequestWithContext(ctx, n.api(call), data)
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(msg.Data, &info); err != nil {
		return info, fmt.Errorf("the answer of JetStream to %s: %w", call, err)
	}
	if info.Error != nil {
		return info, info.Error
	}
	return info, nil
}

package jetstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// refusal is an error that JetStream itself answers with.
type refusal struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("JetStream refuses: %s (%d)", r.Description, r.ErrCode)
}

// Codes of JetStream that mean something here.
const (
	codeNoPeers      = 10005 // not as many servers as copies
	codeUnavailable  = 10008 // the cluster has no leader
	codeNotLeader    = 10009
	codeNoResources  = 10023
	codeNotFound     = 10037 // no such record
	codeTooLarge     = 10054
	codeNameInUse    = 10058
	codeNoStream     = 10059
	codeWrongLast    = 10071 // the condition does not hold
	codeNotClustered = 10074 // copies on a single server
	codeNotEnabled   = 10076 // or not yet
	codeOffline      = 10118
	codeBusy         = 10164 // a conditional record of the subject is on its way
)

// is reports whether an error is a refusal with one of the codes.
func is(err error, codes ...int) bool {
	var refused *refusal
	return errors.As(err, &refused) && slices.Contains(codes, refused.ErrCode)
}

// behind says that another record has taken the place.
func (r *refusal) behind() bool { return r.ErrCode == codeWrongLast }

// sees says that the refusal contradicts itself: the newest record is the one that
// the condition names. A server that cannot read a room refuses like this, and
// whoever took it for ErrBehind would try for ever.
func (r *refusal) sees(after uint64) bool {
	return r.behind() && strings.HasSuffix(r.Description, ": "+strconv.FormatUint(after, 10))
}

// busy says that it may go better in a moment.
func (r *refusal) busy() bool { return is(r, codeBusy, codeUnavailable, codeNotLeader, codeOffline) }

// decodeAck reads the answer to a publish. The good one is read by hand, since
// each write waits for it: {"stream":"NAME", "seq":17}
func decodeAck(data []byte) (uint64, *refusal) {
	if seq, ok := quickAck(data); ok {
		return seq, nil
	}
	var ack struct {
		Error *refusal `json:"error"`
		Seq   uint64   `json:"seq"`
	}
	if err := json.Unmarshal(data, &ack); err != nil {
		return 0, &refusal{Description: "an answer that is no JSON: " + err.Error()}
	}
	if ack.Error == nil && ack.Seq == 0 {
		return 0, &refusal{Description: "an answer without a number"}
	}
	return ack.Seq, ack.Error
}

func quickAck(data []byte) (seq uint64, ok bool) {
	if !bytes.HasPrefix(data, []byte(`{"stream":"`)) {
		return 0, false
	}
	_, number, found := bytes.Cut(data, []byte(`, "seq":`))
	if !found {
		_, number, found = bytes.Cut(data, []byte(`,"seq":`))
	}
	if !found || len(number) < 2 || len(number) > 20 || number[len(number)-1] != '}' {
		return 0, false
	}
	for _, b := range number[:len(number)-1] {
		if b < '0' || b > '9' {
			return 0, false
		}
		seq = seq*10 + uint64(b-'0')
	}
	return seq, seq > 0
}

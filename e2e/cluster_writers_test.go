package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"session-store/e2e/peer"
)

// writer writes under keys that begin with its name, and adds to the sum of its room.
type writer struct {
	*member
	name string
	next int
}

// run writes until the context is over; what is under way then is awaited.
func (w *writer) run(until context.Context) {
	ctx := context.WithoutCancel(until)
	for ; w.pause(until, 10*time.Millisecond, 50*time.Millisecond); w.next++ {
		w.rejoinIfOut(ctx)
		n := strconv.Itoa(w.next)
		own, left, right, flash := w.name+".own", w.name+leftPart, w.name+rightPart, w.name+".flash"
		switch w.next % 8 {
		case 0: // both are to be seen at once
			w.write(ctx, "PATCH", "/store", fmt.Sprintf(`{"set":{%q:%s,%q:%s}}`, left, n, right, n), map[string]string{left: n, right: n})
		case 1:
			w.write(ctx, "PUT", "/store/"+flash, `{"ttl":1,"value":`+n+`}`, map[string]string{flash: n})
		case 2, 3:
			w.write(ctx, "PUT", "/store/"+own, `{"value":`+n+`}`, map[string]string{own: n})
		default:
			w.add(ctx)
		}
	}
}

// leftPart and rightPart are of keys that are always written together.
const leftPart, rightPart = ".left", ".right"

// write is made once. Its values are new ones each time, so that one that is carried
// out twice, or late, is seen.
func (w *writer) write(ctx context.Context, method, path, body string, values map[string]string, headers ...string) (peer.Answer, outcome) {
	after := w.history.begin()
	answer, outcome := w.call(ctx, method, path, body, headers...)
	switch {
	case outcome == unsent:
	case outcome != answered:
		w.history.doubt(outcome, values)
		w.pause(ctx, 50*time.Millisecond, 300*time.Millisecond)
	case answer.Status < 300:
		w.history.answer(w.name, after, answer, values)
	case answer.Status == http.StatusPreconditionFailed:
		w.history.count(&w.history.conflicts)
	case answer.Status != http.StatusUnauthorized:
		w.storm.fault("%s: %s %s %s is answered %d: %s", w.name, method, path, body, answer.Status, answer.Body)
	}
	return answer, outcome
}

// add counts the sum of the room up, on the condition that it is as it was read; a
// refusal says what it is.
func (w *writer) add(ctx context.Context) {
	was, outcome := w.call(ctx, "GET", "/store/sum", "")
	if outcome != answered {
		return
	}
	value, revision := was.Field("value"), was.Field("revision")
	for range 4 {
		old, _ := strconv.Atoi(value)
		condition := []string{"If-None-Match", "*"}
		if revision != "" {
			condition = []string{"If-Match", fmt.Sprintf(`"%s-%s"`, w.Session, revision)}
		}
		sum := strconv.Itoa(old + 1)
		answer, outcome := w.write(ctx, "PUT", "/store/sum", `{"value":`+sum+`}`, map[string]string{"sum": sum}, condition...)
		switch {
		case outcome == unsent:
			continue
		case outcome != answered:
			w.history.count(&w.history.maybe)
			return
		case answer.Status != http.StatusPreconditionFailed:
			if answer.Status < 300 {
				w.history.count(&w.history.added)
			}
			return
		}
		current := peer.Answer{Body: []byte(answer.Field("current"))}
		value, revision = current.Field("value"), current.Field("revision")
	}
}

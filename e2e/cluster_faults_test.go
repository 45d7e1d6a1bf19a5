package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// faultKind is what is done to one of the nodes, or of the NATS servers. When it is
// over, all is as it was before.
type faultKind struct {
	name        string
	toNATS      bool
	least, most time.Duration
	do          func(c *cluster, i int, length time.Duration) error
}

// Nodes keep their streams for 3 s without NATS, and each other for 6 s without a
// word; NATS servers elect another leader after 4 s at least.
var faultKinds = []faultKind{
	{"node killed", false, 500 * time.Millisecond, 5 * time.Second, func(c *cluster, i int, length time.Duration) error {
		return killed(c.nodes[i], length)
	}},
	{"NATS server killed", true, 500 * time.Millisecond, 6 * time.Second, func(c *cluster, i int, length time.Duration) error {
		return killed(c.nats[i], length)
	}},
	{"node paused", false, 5 * time.Second, 5*time.Second + 1, func(c *cluster, i int, length time.Duration) error {
		return c.nodes[i].pause(length)
	}},
	{"NATS server paused", true, 5 * time.Second, 5*time.Second + 1, func(c *cluster, i int, length time.Duration) error {
		return c.nats[i].pause(length)
	}},
	{"node refused by NATS for a moment", false, 200 * time.Millisecond, 2500 * time.Millisecond, refusedByNATS},
	{"node refused by NATS", false, 4 * time.Second, 9 * time.Second, refusedByNATS},
	{"node not answered by NATS for a moment", false, 200 * time.Millisecond, 2500 * time.Millisecond, swallowedByNATS},
	{"node not answered by NATS", false, 4 * time.Second, 9 * time.Second, swallowedByNATS},
}

func killed(p interface {
	kill() error
	start() error
}, length time.Duration) error {
	if err := p.kill(); err != nil {
		return err
	}
	time.Sleep(length)
	return p.start()
}

func refusedByNATS(c *cluster, i int, length time.Duration) error {
	c.nodes[i].refuse()
	time.Sleep(length)
	c.nodes[i].heal()
	return nil
}

func swallowedByNATS(c *cluster, i int, length time.Duration) error {
	c.nodes[i].swallow()
	time.Sleep(length)
	c.nodes[i].heal()
	return nil
}

// weather deals out faults: each kind as often as the others, in no order.
type weather struct {
	*cluster
	random *rand.Rand
	deck   []faultKind
	counts map[string]int
}

// onlyFaults leaves out all faults but those with this in their names.
const onlyFaults = "SESSION_STORE_CLUSTER_FAULTS"

// fault is one that is about to be done.
type fault struct {
	faultKind
	victim       int
	wait, length time.Duration
}

// blow does faults for some time: one after the other, sometimes two at once. The
// quorum of NATS is there all along.
func (w *weather) blow(t *testing.T, length time.Duration) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < length; {
		faults := w.deal()
		errs := make([]error, len(faults))
		var group sync.WaitGroup
		for i, f := range faults {
			t.Logf("%5.1f s: %s %d, for %v", (time.Since(begin) + f.wait).Seconds(), f.name, f.victim, f.length.Round(time.Millisecond))
			w.counts[f.name]++
			group.Go(func() {
				time.Sleep(f.wait)
				errs[i] = f.do(w.cluster, f.victim, f.length)
			})
		}
		group.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(w.between(300*time.Millisecond, 1500*time.Millisecond))
	}
}

// deal gives what is to be done next: one fault, or two that overlap and are not done
// to the same process, nor to two NATS servers.
func (w *weather) deal() []fault {
	first := w.draw(0)
	if w.random.IntN(3) > 0 {
		return []fault{first}
	}
	second := w.draw(first.length)
	if first.toNATS == second.toNATS && (first.toNATS || first.victim == second.victim) {
		w.deck = append(w.deck, second.faultKind)
		return []fault{first}
	}
	return []fault{first, second}
}

func (w *weather) draw(within time.Duration) fault {
	for len(w.deck) == 0 {
		for _, i := range w.random.Perm(len(faultKinds)) {
			if strings.Contains(faultKinds[i].name, os.Getenv(onlyFaults)) {
				w.deck = append(w.deck, faultKinds[i])
			}
		}
	}
	kind := w.deck[len(w.deck)-1]
	w.deck = w.deck[:len(w.deck)-1]
	f := fault{faultKind: kind, victim: w.random.IntN(3), length: w.between(kind.least, kind.most)}
	if within > 0 {
		f.wait = w.between(0, within)
	}
	return f
}

func (w *weather) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}

func (w *weather) String() string {
	var parts []string
	for _, kind := range faultKinds {
		parts = append(parts, fmt.Sprintf("%d %s", w.counts[kind.name], kind.name))
	}
	return strings.Join(parts, ", ")
}

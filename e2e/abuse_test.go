package e2e_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"
)

// abuseTimes makes the attacks of TestAbuse so many times as large, and the measuring
// as long. Descriptors for it are needed: 5 times takes 20,000.
const abuseTimes = "ABUSE_TIMES"

// attack is something that a stranger, or a peer, does to a server.
type attack struct {
	name string
	// says is what is done, for the table; %d is the size.
	says  string
	size  int
	flags []string
	// run attacks until the context is done, and calls inPlace once all of it is there.
	// An error is one of the attack: a server that defends itself is none.
	run func(s *siege, inPlace func()) error
	// height is how many MB of resident memory the server may have while it lasts,
	// at the size of CI.
	height int
}

// attacks are all that are measured; those with a yes or no are tests of their own.
func attacks() []attack {
	return append(connectionAttacks(), requestAttacks()...)
}

// phase is how long a neighbour is measured at a time: 250 writes a second.
const phase = 600 * time.Millisecond

// Beside each attack a well-behaved client writes, and reads its writes on its stream.
// It sees no error, hardly feels it, and when it is over the server is what it was.
func TestAbuse(t *testing.T) {
	times := 1
	if text := os.Getenv(abuseTimes); text != "" {
		var err error
		if times, err = strconv.Atoi(text); err != nil || times < 1 {
			t.Fatalf("%s is %q, not a number", abuseTimes, text)
		}
	}
	result := newAbuseResult(times)
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			result.add(a.measure(t, times))
		})
	}
	result.report(t)
}

// measure lets the attack run beside a neighbour.
func (a attack) measure(t *testing.T, times int) abuseFigure {
	// Who has come for an attack is waited for as short as can be.
	server := besiege(t, append([]string{"--peer-timeout", "3s"}, a.flags...)...)
	n := newNeighbour(t, server.url)
	length := time.Duration(times) * phase
	n.measure(length / 4) // connections are made, and the heap has its size
	figure := abuseFigure{Attack: a.name, Says: a.says, Size: a.size * times}
	figure.Usage.Before = server.use(t)
	figure.Neighbour.Before = n.measure(length)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	inPlace, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		s := newSiege(ctx, server, figure.Size)
		defer s.over()
		ended <- a.run(s, func() { close(inPlace) })
	}()
	figure.Neighbour.During = n.measureUntil(2*length, inPlace, ended)
	figure.Usage.During = server.use(t)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the attack: %v", err)
	}
	figure.Usage.After = server.comesBack(t, figure.Usage.Before)
	figure.Neighbour.After = n.measure(length)

	if most := float64(a.height * times); figure.Usage.During.ResidentMB > most {
		t.Errorf("the server has %.0f MB, want at most %.0f", figure.Usage.During.ResidentMB, most)
	}
	// Not a measurement, but what one who waits for an attacker would exceed.
	if p99 := figure.Neighbour.During.P99; p99 > 4000 {
		t.Errorf("p99 of the neighbour is %.1f ms", p99)
	}
	t.Log(figure.line())
	return figure
}

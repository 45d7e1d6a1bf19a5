package auth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"session-store/auth"
	"session-store/model"
)

// renewal is a Verifier in a time of its own, and who publishes its set.
type renewal struct {
	*testing.T
	*issuer
	*auth.Verifier
	next []byte // the set with another key
	// old is signed with the first key, fresh with the next, forged with none.
	old, fresh, forged string
}

func renewing(t *testing.T, test func(r renewal)) {
	first, second := newEd25519(t), newEd25519(t)
	synctest.Test(t, func(t *testing.T) {
		r := renewal{
			T: t, issuer: &issuer{}, next: setOf(t, second.jwk(t, "2")),
			old: first.sign(t, "kid", "1"), fresh: second.sign(t, "kid", "2"), forged: second.sign(t, "kid", "x"),
		}
		r.publish(setOf(t, first.jwk(t, "1")))
		var err error
		if r.Verifier, err = auth.NewVerifierFrom(t.Context(), r.read); err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		test(r)
	})
}

func (r renewal) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r renewal) mustTake(text string) {
	r.Helper()
	mustTake(r.T, r.Verifier, text)
}

func (r renewal) mustRefuse(text string) {
	r.Helper()
	mustRefuse(r.T, r.Verifier, text, model.Unauthorized, unknownKey)
}

func (r renewal) mustHaveRead(times int32) {
	r.Helper()
	r.issuer.mustHaveRead(r.T, times)
}

func TestRenewalEveryHourAndAKeyThatIsGoneIsRefused(t *testing.T) {
	renewing(t, func(r renewal) {
		r.publish(r.next)
		r.pass(time.Hour - time.Second)
		r.mustTake(r.old)
		r.mustHaveRead(1)
		r.pass(2 * time.Second)
		r.mustHaveRead(2)
		r.mustRefuse(r.old)
		r.mustTake(r.fresh)
	})
}

func TestRenewalWithAnEmptySetRevokesAll(t *testing.T) {
	renewing(t, func(r renewal) {
		r.publish([]byte(`{"keys":[]}`))
		r.pass(time.Hour)
		r.mustRefuse(r.old)
	})
}

func TestRenewalThatFailsLocksNobodyOut(t *testing.T) {
	renewing(t, func(r renewal) {
		r.set.Store(nil)
		r.pass(3 * time.Hour)
		r.mustHaveRead(4)
		r.mustTake(r.old)
		r.publish([]byte(`{"error":"maintenance"}`))
		r.pass(time.Hour)
		r.mustTake(r.old)
		r.mustRefuse(r.fresh)
		r.mustHaveRead(6)
		r.mustTake(r.old)
	})
}

func TestRenewalForStrangersIsAtMostTwiceAMinute(t *testing.T) {
	renewing(t, func(r renewal) {
		for range 600 {
			r.mustRefuse(r.forged)
			r.pass(100 * time.Millisecond)
		}
		r.mustHaveRead(1 + 2)
		r.publish(r.next)
		r.mustTake(r.fresh)
		r.mustHaveRead(1 + 3)
	})
}

func TestRenewalFromASilentIssuerIsWaitedForFor5Seconds(t *testing.T) {
	renewing(t, func(r renewal) {
		r.silent.Store(true)
		began := time.Now()
		r.mustRefuse(r.forged)
		if took := time.Since(began); took != 6*time.Second {
			r.Errorf("it took %v", took)
		}
	})
}

func TestRenewalEndsWithCloseAndWhatIsKnownStays(t *testing.T) {
	renewing(t, func(r renewal) {
		r.silent.Store(true)
		r.pass(time.Hour)
		r.mustHaveRead(2)
		began := time.Now()
		r.Close()
		if took := time.Since(began); took != time.Second {
			r.Errorf("it took %v: it waited too long, or not until the reading had ended", took)
		}
		r.Close()
		r.mustTake(r.old)
		r.mustRefuse(r.forged)
	})
}

package routes

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"session-store/model"
)

// maxAddresses bounds how many addresses are remembered at once. A flood from
// more of them than this is not one that counting addresses could stop.
const maxAddresses = 10_000

// joinBurst is for how many seconds' worth of joins an address may come at once:
// a school behind one address, at nine o'clock.
const joinBurst = 10

// joins says how many joins a second one address may do.
type joins struct {
	rate float64 // 0 is no bound
	now  func() time.Time

	mu        sync.Mutex
	byAddress map[netip.Prefix]*rate.Limiter
}

func newJoins(perSecond float64, now func() time.Time) *joins {
	return &joins{rate: perSecond, now: now, byAddress: make(map[netip.Prefix]*rate.Limiter)}
}

// allow takes a join from the bucket of the address, or refuses it.
func (j *joins) allow(address string) error {
	if j.rate == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	now, key := j.now(), network(address)
	limiter := j.byAddress[key]
	if limiter == nil {
		j.makeRoomLocked(now)
		limiter = rate.NewLimiter(rate.Limit(j.rate), int(math.Ceil(j.rate*joinBurst)))
		j.byAddress[key] = limiter
	}
	if limiter.AllowN(now, 1) {
		return nil
	}
	wait := int(math.Ceil(1 / j.rate))
	err := model.Errorf(model.RateLimited, "one address may join %v times a second here: try again in %d s", j.rate, wait)
	err.RetryAfter = wait
	return err
}

// makeRoomLocked makes room by forgetting those whose buckets are full again, and
// everybody if there are none.
func (j *joins) makeRoomLocked(now time.Time) {
	if len(j.byAddress) < maxAddresses {
		return
	}
	for key, limiter := range j.byAddress {
		if limiter.TokensAt(now) >= float64(limiter.Burst()) {
			delete(j.byAddress, key)
		}
	}
	if len(j.byAddress) >= maxAddresses {
		clear(j.byAddress)
	}
}

// network is what counts as one address: of IPv6 the network, since one host has
// 2^64 addresses in it.
func network(address string) netip.Prefix {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 64
	if ip = ip.Unmap(); ip.Is4() {
		bits = 32
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

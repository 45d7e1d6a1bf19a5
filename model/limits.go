package model

// Limits bound what one session holds. All of them are inclusive.
type Limits struct {
	// ValueBytes bounds one value, in bytes of its compact JSON.
	ValueBytes int `json:"value_bytes" example:"1024"`
	// Keys bounds how many keys there are at once.
	Keys int `json:"keys" example:"100"`
	// TotalBytes bounds all keys and values together, in bytes.
	TotalBytes int `json:"total_bytes" example:"65536"`
	// Peers bounds how many peers there are at once; 0 is no bound. It is the
	// operator's, and nothing that an application plans with.
	Peers int `json:"-"`
} //@name Limits

// DefaultLimits are those of the contract.
func DefaultLimits() Limits {
	return Limits{ValueBytes: 1024, Keys: 100, TotalBytes: 65536}
}

// checkGrowth is told the sizes before a write and after it. It refuses only what
// makes a session larger: where the limits were lowered below what a session
// holds, its peers can still make it smaller.
func (l Limits) checkGrowth(keysBefore, keys, totalBefore, total int) error {
	if keys > l.Keys && keys > keysBefore {
		return LimitError(TooManyKeys, l.Keys, keys,
			"a session holds at most %d keys, this would be %d: remove one first", l.Keys, keys)
	}
	if total > l.TotalBytes && total > totalBefore {
		return LimitError(StoreFull, l.TotalBytes, total,
			"a session holds at most %d bytes of keys and values, this would be %d: remove some first", l.TotalBytes, total)
	}
	return nil
}

func (l Limits) checkValue(key string, value Value) error {
	if len(value) > l.ValueBytes {
		return LimitError(ValueTooLarge, l.ValueBytes, len(value),
			"a value is at most %d bytes of compact JSON, the one for %q is %d", l.ValueBytes, key, len(value))
	}
	return nil
}

package jetstream

import (
	"slices"
	"testing"
	"time"
)

func TestMembers(t *testing.T) {
	begin := time.Unix(1_800_000_000, 0)
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	// pass lets the time go by, with a tick each second.
	pass := func(m *members, from, to int) {
		for i := from + 1; i <= to; i++ {
			m.tick(at(i))
		}
	}
	tests := []struct {
		name string
		do   func(m *members)
		want []string
	}{
		{"nobody", func(m *members) { pass(m, 0, 10) }, nil},
		{"one that speaks", func(m *members) { m.hear("b", "", at(0)); pass(m, 0, 5) }, []string{"b"}},
		{"one that is silent", func(m *members) { m.hear("b", "", at(0)); pass(m, 0, 6) }, nil},
		{"one that greets", func(m *members) { m.hear("b", "hello", at(0)) }, []string{"b"}},
		{"one that goes", func(m *members) { m.hear("b", "", at(0)); m.hear("b", "bye", at(1)) }, nil},
		{"one that comes back", func(m *members) { m.hear("b", "", at(0)); pass(m, 0, 8); m.hear("b", "", at(8)) }, []string{"b"}},
		{"the silence is ours", func(m *members) { m.hear("b", "", at(0)); pass(m, 0, 1); m.pause(); pass(m, 1, 60) }, []string{"b"}},
		{"and it begins anew", func(m *members) {
			m.hear("b", "", at(0))
			m.pause()
			pass(m, 0, 60)
			m.resume(at(60))
			pass(m, 60, 65)
		}, []string{"b"}},
		{"it has gone meanwhile", func(m *members) {
			m.hear("b", "", at(0))
			m.pause()
			pass(m, 0, 60)
			m.resume(at(60))
			pass(m, 60, 66)
		}, nil},
		{"this process stood still", func(m *members) { m.hear("b", "", at(0)); pass(m, 0, 2); m.tick(at(60)) }, []string{"b"}},
		{"and goes on", func(m *members) { m.hear("b", "", at(0)); pass(m, 0, 2); m.tick(at(60)); pass(m, 60, 66) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMembers("a")
			tt.do(&m)
			if got := m.alive(); !slices.Equal(got, tt.want) && len(got)+len(tt.want) > 0 {
				t.Errorf("alive are %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAck(t *testing.T) {
	tests := []struct {
		name, answer string
		seq          uint64
		code         int // of a refusal; -1 is any
	}{
		{"stored", `{"stream":"S", "seq":17}`, 17, 0},
		{"stored in a domain", `{"stream":"S", "domain":"hub", "seq":17}`, 17, 0},
		{"stored, with more", `{"stream":"S","seq":17,"duplicate":true}`, 17, 0},
		{"the largest number", `{"stream":"S", "seq":1795364086389448}`, 1795364086389448, 0},
		{"behind", `{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 5"},"stream":"S","seq":0}`, 0, 10071},
		{"another is on its way", `{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"},"stream":"S","seq":0}`, 0, 10164},
		{"no number", `{"stream":"S", "seq":0}`, 0, -1},
		{"half a number", `{"stream":"S", "seq":`, 0, -1},
		{"no JSON", `hello`, 0, -1},
		{"nothing", ``, 0, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seq, refused := decodeAck([]byte(tt.answer))
			switch {
			case tt.code == 0 && (refused != nil || seq != tt.seq):
				t.Errorf("got %d, %v", seq, refused)
			case tt.code != 0 && refused == nil:
				t.Errorf("got %d, want a refusal", seq)
			case tt.code > 0 && refused.ErrCode != tt.code:
				t.Errorf("got %v", refused)
			}
		})
	}
	behind := &refusal{ErrCode: codeWrongLast, Description: "wrong last sequence: 5"}
	if !behind.sees(5) || behind.sees(0) || behind.sees(15) || behind.sees(4) {
		t.Error("a refusal that contradicts itself is not told from others")
	}
}

package model_test

import (
	"fmt"
	"testing"

	"session-store/model"
)

// grant is the grants of a peer that may read and write what matches.
func grant(read, write []string) *model.Grants {
	return &model.Grants{Read: model.NewKeys(read), Write: model.NewKeys(write)}
}

// granted is a join under grants.
func granted(id string, grants *model.Grants) model.Join {
	m := join(id, at)
	m.Peer.Grants = grants
	return m
}

func TestGrants(t *testing.T) {
	tests := []struct {
		name              string
		grants            *model.Grants
		mayRead, mayWrite string // of the keys a, b, hand.x and hand.y
		isAdmin           bool
		named             string // what may not be asked for by name
		prefixed, starred string // what hand.* and * show
	}{
		{name: "none: a room for anybody", mayRead: "a b hand.x hand.y", mayWrite: "a b hand.x hand.y", prefixed: "hand.x hand.y", starred: "a b hand.x hand.y"},
		{name: "empty: nothing", grants: &model.Grants{}, named: "a b hand.x hand.y"},
		{name: "all", grants: grant([]string{"*"}, []string{"*"}), mayRead: "a b hand.x hand.y", mayWrite: "a b hand.x hand.y", prefixed: "hand.x hand.y", starred: "a b hand.x hand.y"},
		{name: "keys", grants: grant([]string{"a", "hand.x"}, []string{"b"}), mayRead: "a hand.x", mayWrite: "b", named: "b hand.y", prefixed: "hand.x", starred: "a hand.x"},
		{name: "a prefix", grants: grant([]string{"hand.*"}, []string{"hand.*"}), mayRead: "hand.x hand.y", mayWrite: "hand.x hand.y", named: "a b", prefixed: "hand.x hand.y", starred: "hand.x hand.y"},
		{name: "its own key, {peer} put in", grants: grant([]string{"hand.*"}, []string{"hand.x"}), mayRead: "hand.x hand.y", mayWrite: "hand.x", named: "a b", prefixed: "hand.x hand.y", starred: "hand.x hand.y"},
		{name: "{peer} is no pattern here", grants: grant([]string{"hand.{peer}"}, []string{"hand.{peer}"}), named: "a b hand.x hand.y"},
		{name: "admin, whatever else it has", grants: &model.Grants{Admin: true}, mayRead: "a b hand.x hand.y", mayWrite: "a b hand.x hand.y", isAdmin: true, prefixed: "hand.x hand.y", starred: "a b hand.x hand.y"},
	}
	keys := []string{"a", "b", "hand.x", "hand.y"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := matching(keys, tt.grants.MayRead); got != tt.mayRead {
				t.Errorf("it may read %q, want %q", got, tt.mayRead)
			}
			if got := matching(keys, tt.grants.MayWrite); got != tt.mayWrite {
				t.Errorf("it may write %q, want %q", got, tt.mayWrite)
			}
			if tt.grants.IsAdmin() != tt.isAdmin {
				t.Errorf("it is an admin: %v", tt.grants.IsAdmin())
			}
			refused := matching(keys, func(key string) bool {
				err := model.View{Keys: model.NewKeys([]string{"none*", key}), Grants: tt.grants}.Check()
				if err != nil {
					wantCode(t, err, model.Forbidden)
				}
				return err != nil
			})
			if refused != tt.named {
				t.Errorf("asked for by name, %q are refused, want %q", refused, tt.named)
			}
			for pattern, want := range map[string]string{"hand.*": tt.prefixed, "*": tt.starred} {
				v := model.View{Keys: model.NewKeys([]string{pattern}), Grants: tt.grants}
				if err := v.Check(); err != nil {
					t.Errorf("%s is refused: %v", pattern, err)
				}
				if got := matching(keys, v.Match); got != want {
					t.Errorf("%s shows %q, want %q", pattern, got, want)
				}
			}
		})
	}
}

// matching are the keys for which f is true, with spaces between them.
func matching(keys []string, f func(string) bool) (text string) {
	for _, key := range keys {
		if f(key) && text != "" {
			text += " "
		}
		if f(key) {
			text += key
		}
	}
	return text
}

// What may not be read is not among the entries, nor among what has become of
// them, removals included.
func TestViewOfASession(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, set("ann", "open", "1", "secret", "2", "secret.gone", "3", "open.gone", "4"))
	do(t, s, remove("ann", "secret.gone", "open.gone"))
	do(t, s, set("ann", "open", "5", "secret", "6"))
	v := model.View{Keys: model.AllKeys(), Grants: grant([]string{"open*"}, nil)}
	if got := fmt.Sprint(keysOf(s.Entries(v))); got != "[open]" {
		t.Errorf("the entries are %s", got)
	}
	changed, removed, ok := s.Since(1, v)
	if !ok || fmt.Sprint(keysOf(changed)) != "[open]" || len(removed) != 1 || removed[0].Key != "open.gone" {
		t.Errorf("since 1: %v, %v, %v", keysOf(changed), removed, ok)
	}
}

func keysOf(entries []*model.Entry) (keys []string) {
	for _, entry := range entries {
		keys = append(keys, entry.Key)
	}
	return keys
}

func TestRefusedWritesWithoutTheGrant(t *testing.T) {
	tests := []struct {
		name  string
		write model.Write
		code  model.Code // empty: it is done
	}{
		{"set, granted", set("bob", "hand.b", "1"), ""},
		{"set, granted by a prefix", set("bob", "box.7", "1"), ""},
		{"set, not granted", set("bob", "a", "1"), model.Forbidden},
		{"set, may be read", set("bob", "hand.a", "1"), model.Forbidden},
		{"set several, one not granted", set("bob", "hand.b", "1", "a", "2"), model.Forbidden},
		{"remove, not granted", remove("bob", "a"), model.Forbidden},
		{"remove what is not there, not granted", remove("bob", "none"), model.Forbidden},
		{"remove several, one not granted", remove("bob", "hand.b", "a"), model.Forbidden},
		{"set one, remove one that is not granted", model.Write{By: "bob", At: at, Set: set("bob", "box.7", "1").Set, Remove: []string{"a"}}, model.Forbidden},
		{"too large, not granted: its size is nobody's concern", set("bob", "a", `"this is too long"`), model.Forbidden},
		{"too large, granted", set("bob", "box.7", `"this is too long"`), model.ValueTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := began(t, model.Limits{ValueBytes: 8, Keys: 10, TotalBytes: 1000}, "ann")
			do(t, s, granted("bob", grant([]string{"hand.*"}, []string{"hand.b", "box.*"})))
			do(t, s, set("ann", "a", "0", "hand.a", "0", "hand.b", "0"))
			if tt.code == "" {
				do(t, s, tt.write)
				return
			}
			refuse(t, s, tt.write, tt.code)
		})
	}
}

// Whoever may write a key and not read it learns nothing by writing: the answer
// is the same whether there is an entry or not.
func TestUnreadableKeyTellsNothingToItsWriter(t *testing.T) {
	writes := []struct {
		name  string
		write func(t *testing.T) model.Write
		code  model.Code // empty: it is done
	}{
		{"set", func(*testing.T) model.Write { return set("bob", "box", "1") }, ""},
		{"set beside others", func(*testing.T) model.Write { return set("bob", "box", "1", "box.2", "2") }, ""},
		{"set if there is none", func(t *testing.T) model.Write { return given(t, set("bob", "box", "1"), "", "*") }, model.Forbidden},
		{"set if there is one", func(t *testing.T) model.Write { return given(t, set("bob", "box", "1"), "*", "") }, model.Forbidden},
		{"set if it is at 1", func(t *testing.T) model.Write { return given(t, set("bob", "box", "1"), `"s1-1"`, "") }, model.Forbidden},
		{"set if it is not at 1", func(t *testing.T) model.Write { return given(t, set("bob", "box", "1"), "", `"s1-1"`) }, model.Forbidden},
		{"remove if there is one", func(t *testing.T) model.Write { return given(t, remove("bob", "box"), "*", "") }, model.Forbidden},
		{"remove if there is none", func(t *testing.T) model.Write { return given(t, remove("bob", "box"), "", "*") }, model.Forbidden},
	}
	for _, tt := range writes {
		t.Run(tt.name, func(t *testing.T) {
			var told [2]string
			for i, there := range []string{"other", "box"} {
				s := began(t, roomy, "ann")
				do(t, s, granted("bob", grant([]string{"a"}, []string{"box*"})))
				do(t, s, set("ann", there, "0"))
				if tt.code != "" {
					refusal := refuse(t, s, tt.write(t), tt.code)
					told[i] = fmt.Sprintf("%+v", *refusal)
					continue
				}
				change := do(t, s, tt.write(t))
				told[i] = fmt.Sprint(change.Created, change.Revision)
			}
			if told[0] != told[1] {
				t.Errorf("where there is no entry it is told\n%s\nwhere there is one\n%s", told[0], told[1])
			}
		})
	}
}

// A key that may be read shows whether it was free, also beside one that may not.
func TestCreatedCountsReadableKeys(t *testing.T) {
	s := began(t, roomy, "ann")
	do(t, s, granted("bob", grant([]string{"a"}, []string{"*"})))
	if change := do(t, s, set("bob", "box", "1", "a", "1")); change.Created != 1 {
		t.Errorf("%d keys are new to it, want 1", change.Created)
	}
	if change := do(t, s, set("ann", "hat", "1", "a", "1")); change.Created != 1 {
		t.Errorf("%d keys are new to one who reads all, want 1", change.Created)
	}
}

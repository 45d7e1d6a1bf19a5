package model_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"session-store/model"
)

func TestEntryJSON(t *testing.T) {
	tests := []struct {
		name  string
		entry model.Entry
		want  string
	}{
		{
			"usual",
			model.Entry{Key: "spotlight", Value: model.Value(`{"b":1e400,"a":"<x>"}`), Revision: 17, UpdatedAt: at, UpdatedBy: "ann"},
			`{"key":"spotlight","value":{"b":1e400,"a":"<x>"},"revision":17,"updated_at":"2023-11-14T22:13:20.000Z","updated_by":"ann"}`,
		},
		{
			"null is a value",
			model.Entry{Key: "a", Value: model.Value("null"), Revision: 1, UpdatedAt: at + 7, UpdatedBy: "bob"},
			`{"key":"a","value":null,"revision":1,"updated_at":"2023-11-14T22:13:20.007Z","updated_by":"bob"}`,
		},
		{
			"key that wants escapes, highest revision",
			model.Entry{Key: `é"/\`, Value: model.Value("-0"), Revision: model.MaxRevision, UpdatedAt: 0, UpdatedBy: "c"},
			`{"key":"é\"/\\","value":-0,"revision":9007199254740991,"updated_at":"1970-01-01T00:00:00.000Z","updated_by":"c"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.entry.AppendJSON([]byte("x"))); got != "x"+tt.want {
				t.Errorf("AppendJSON = %s\nwant x%s", got, tt.want)
			}
			if got, err := tt.entry.MarshalJSON(); err != nil || string(got) != tt.want {
				t.Errorf("MarshalJSON = %s, %v\nwant %s", got, err, tt.want)
			}
			if !json.Valid(tt.entry.AppendJSON(nil)) {
				t.Error("that is no JSON")
			}
			if got, want := tt.entry.Size(), len(tt.entry.Key)+len(tt.entry.Value); got != want {
				t.Errorf("Size = %d, want %d", got, want)
			}
		})
	}
}

func TestRemovalJSON(t *testing.T) {
	for reason, want := range map[model.Reason]string{
		model.Deleted:   `{"revision":3,"reason":"deleted"}`,
		model.Expired:   `{"revision":3,"reason":"expired"}`,
		model.OwnerLeft: `{"revision":3,"reason":"owner_left"}`,
	} {
		if got := string(model.Removal{Key: "a", Revision: 3, Reason: reason}.AppendJSON(nil)); got != want {
			t.Errorf("AppendJSON = %s, want %s", got, want)
		}
	}
}

// The peer is shown to all others: its token, even hashed, is not.
func TestPeerJSONHasNoToken(t *testing.T) {
	got, err := json.Marshal(model.Peer{ID: "a", Name: "Ann", Role: "host", JoinedAt: at, Token: model.TokenHash{1}})
	want := `{"id":"a","name":"Ann","role":"host","joined_at":"2023-11-14T22:13:20.000Z"}`
	if err != nil || string(got) != want {
		t.Errorf("a peer is %s, %v, want %s", got, err, want)
	}
}

func TestTime(t *testing.T) {
	east := time.FixedZone("east", 2*60*60)
	tests := []struct {
		name string
		std  time.Time
		want string
	}{
		{"whole second", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), `"2024-02-29T12:00:00.000Z"`},
		{"cut, not rounded", time.Date(2024, 2, 29, 12, 0, 0, 999_999_999, time.UTC), `"2024-02-29T12:00:00.999Z"`},
		{"another zone", time.Date(2024, 3, 1, 1, 0, 0, 0, east), `"2024-02-29T23:00:00.000Z"`},
		{"before 1970", time.Date(1969, 12, 31, 23, 59, 59, 500_000_000, time.UTC), `"1969-12-31T23:59:59.500Z"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			moment := model.TimeOf(tt.std)
			got, err := json.Marshal(moment)
			if err != nil || string(got) != tt.want {
				t.Errorf("JSON = %s, %v, want %s", got, err, tt.want)
			}
			if got := string(moment.AppendJSON(nil)); got != tt.want {
				t.Errorf("AppendJSON = %s, want %s", got, tt.want)
			}
			if back := moment.Std(); back.Location() != time.UTC || !back.Equal(tt.std.Truncate(time.Millisecond)) {
				t.Errorf("Std = %v, want %v", back, tt.std)
			}
		})
	}
}

func TestTimeAdd(t *testing.T) {
	for d, want := range map[time.Duration]model.Time{
		0:                        1000,
		time.Second:              2000,
		-time.Second:             0,
		1999 * time.Microsecond:  1001,
		30 * time.Minute:         1_801_000,
		500*time.Microsecond - 1: 1000,
	} {
		if got := model.Time(1000).Add(d); got != want {
			t.Errorf("Add(%v) = %d, want %d", d, got, want)
		}
	}
}

func TestError(t *testing.T) {
	err := model.Errorf(model.KeyNotFound, "there is no %q", "a")
	if got := err.Error(); got != `key_not_found: there is no "a"` {
		t.Errorf("Error() = %s", got)
	}
	var found *model.Error
	if !errors.As(fmt.Errorf("read: %w", err), &found) || found != err {
		t.Error("a wrapped error is not found again")
	}
	err = model.InvalidFields(model.FieldError{Field: "a", Detail: "is odd"}, model.FieldError{Field: "b", Detail: "too"})
	if err.Code != model.InvalidRequest || err.Detail != "a: is odd" || len(err.Fields) != 2 {
		t.Errorf("InvalidFields = %+v", err)
	}
	err = model.TooLarge(10, 11)
	if err.Code != model.BodyTooLarge || err.Limit != 10 || err.Actual != 11 {
		t.Errorf("TooLarge = %+v", err)
	}
}

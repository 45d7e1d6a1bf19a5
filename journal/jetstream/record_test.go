package jetstream_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"session-store/journal"
	"session-store/journal/jetstream"
	"session-store/model"
)

// Every field of a change comes back. Whoever adds one to the model is told here to
// add it to the records as well.
func TestRecordKeepsEveryField(t *testing.T) {
	filler := filler{T: t}
	changes := []*model.Change{new(model.Change), new(model.Change)}
	for _, change := range changes {
		filler.fill(reflect.ValueOf(change).Elem(), "Change")
	}
	data := jetstream.AppendRecord(nil, "k2j4.1", changes)
	back, err := jetstream.DecodeRecord(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if !reflect.DeepEqual(back, changes) {
		t.Errorf("%s\ncame back as\n%s", data, jetstream.AppendRecord(nil, "k2j4.1", back))
		compare(t, reflect.ValueOf(changes), reflect.ValueOf(back), "changes")
	}
}

// filler gives each field a value that no other has.
type filler struct {
	*testing.T
	n int
}

func (f *filler) fill(v reflect.Value, path string) {
	f.Helper()
	f.n++
	switch made := v.Addr().Interface().(type) {
	case *model.Keys:
		*made = model.NewKeys([]string{"key" + string(rune('a'+f.n%26)), "prefix.*"})
		return
	case *model.Value:
		*made = model.Value(`{"a": [1.0e2,"\u00e9"]}`)
		return
	case *model.Entry:
		defer made.Encode()
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text \"\\\n" + string(rune('a'+f.n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(1<<60 + f.n))
	case reflect.Uint8:
		v.SetUint(uint64(f.n % 256))
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(f.n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0), path)
		f.fill(v.Index(1), path)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.IsExported() {
				f.fill(v.Field(i), path+"."+field.Name)
			} else if _, known := v.Addr().Interface().(*model.Entry); !known {
				f.Errorf("%s.%s cannot be filled: say here how", path, field.Name)
			}
		}
	default:
		f.Errorf("%s is a %v: say here how to fill it", path, v.Kind())
	}
}

// compare names the fields that differ.
func compare(t *testing.T, want, got reflect.Value, path string) {
	t.Helper()
	switch want.Kind() {
	case reflect.Pointer:
		if !got.IsNil() {
			compare(t, want.Elem(), got.Elem(), path)
			return
		}
		t.Errorf("%s was lost", path)
	case reflect.Struct:
		for i := range want.NumField() {
			if want.Type().Field(i).IsExported() {
				compare(t, want.Field(i), got.Field(i), path+"."+want.Type().Field(i).Name)
			}
		}
	case reflect.Slice:
		if want.Len() != got.Len() {
			t.Errorf("%s has %d, want %d", path, got.Len(), want.Len())
			return
		}
		for i := range want.Len() {
			compare(t, want.Index(i), got.Index(i), path)
		}
	default:
		if !want.Equal(got) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// Records that were stored once must be read for ever. Never change the file.
func TestRecordOfVersionOne(t *testing.T) {
	data, err := os.ReadFile("testdata/record-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		changes, err := jetstream.DecodeRecord([]byte(line))
		if err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if again := string(jetstream.AppendRecord(nil, "k2j4.1", changes)); again != line {
			t.Errorf("%s\ncame back as\n%s", line, again)
		}
	}
}

func TestRecordThatCannotBeRead(t *testing.T) {
	tests := []struct {
		name, data string
		version    bool // the reason is a newer version
	}{
		{"nothing", ``, false},
		{"no JSON", `{"v":1,`, false},
		{"another thing", `{"some":"message"}`, false},
		{"no changes", `{"v":1,"changes":[]}`, false},
		{"a broken change", `{"v":1,"changes":[{"revision":"x"}]}`, false},
		{"a broken token", `{"v":1,"changes":[{"joined":[{"id":"a","token":"00"}]}]}`, false},
		{"an entry without a value", `{"v":1,"changes":[{"set":[{"key":"a"}]}]}`, false},
		{"a newer version", `{"v":2,"changes":[{"session":"s"}]}`, true},
		{"a newer version of another form", `{"v":3,"changes":"zipped"}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := jetstream.DecodeRecord([]byte(tt.data))
			if err == nil || errors.Is(err, journal.ErrVersion) != tt.version {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRecordWithMoreThanIsKnown(t *testing.T) {
	changes, err := jetstream.DecodeRecord([]byte(
		`{"v":1,"by":"a newer program","changes":[{"session":"s","revision":3,"mood":["good"],"set":[{"key":"k","value":null,"color":1}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c := changes[0]; c.Session != "s" || c.Revision != 3 || len(c.Set) != 1 || string(c.Set[0].Value) != "null" {
		t.Errorf("got %+v", c)
	}
}

func FuzzRecord(f *testing.F) {
	data, err := os.ReadFile("testdata/record-v1.json")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f.Add([]byte(line))
	}
	f.Add([]byte(`{"v":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		changes, err := jetstream.DecodeRecord(data)
		if err != nil {
			return
		}
		again := jetstream.AppendRecord(nil, "k2j4.1", changes)
		if !json.Valid(again) {
			t.Fatalf("%s\ncame back as no JSON\n%s", data, again)
		}
		same, err := jetstream.DecodeRecord(again)
		if err != nil || !reflect.DeepEqual(same, changes) {
			t.Fatalf("%s\ncame back as\n%s\n%v", data, again, err)
		}
	})
}

func BenchmarkRecordAppend(b *testing.B) {
	changes := small()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = jetstream.AppendRecord(dst[:0], "k2j4.1", changes)
	}
}

func BenchmarkRecordDecode(b *testing.B) {
	data := jetstream.AppendRecord(nil, "k2j4.1", small())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jetstream.DecodeRecord(data); err != nil {
			b.Fatal(err)
		}
	}
}

// small is what one small write comes to.
func small() []*model.Change {
	entry := &model.Entry{
		Key: "spotlight", Value: model.Value(`{"user":"b5kd2mqzx7ya","slide":17}`), Revision: 4711,
		UpdatedAt: 1767225600123, UpdatedBy: "b5kd2mqzx7ya",
	}
	entry.Encode()
	return []*model.Change{{Session: "k3v9zq8w1m2n", Revision: 4711, At: 1767225600123, Set: []*model.Entry{entry}}}
}

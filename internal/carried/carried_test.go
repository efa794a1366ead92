package carried_test

import (
	"cmp"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

var at = time.Date(2026, 11, 22, 10, 20, 30, 123_456_000, time.UTC)

func TestStaffComesBack(t *testing.T) {
	for value, f := range map[string]store.Feedback{
		``: {Metadata: map[string]string{"a": "1"}},
		`{"review":{"verdict":"agree","at":"2026-11-22T10:20:30.123456Z"}}`:                                {Review: &store.Review{Verdict: store.Agree, At: at}},
		`{"review":{"verdict":"unclear","note":"\"é\n","actor":"bob","at":"2026-11-22T10:20:30.123456Z"}}`: {Review: &store.Review{Verdict: store.Unclear, Note: "\"é\n", Actor: "bob", At: at}},
	} {
		got, version := carried.Staff(&f)
		if got != value || version != 1 {
			t.Errorf("Staff(%v) = %q, %d; want %q, 1", f, got, version, value)
		}
		back := store.Feedback{Metadata: f.Metadata, Review: &store.Review{Note: "old"}}
		if err := carried.DecodeStaff(value, &back); err != nil || !reflect.DeepEqual(back, f) { // which tells UTC from elsewhere
			t.Errorf("DecodeStaff(%q) = %v, %v; want %v", value, back, err, f)
		}
	}
}

func TestGiverComesBack(t *testing.T) {
	for value, f := range map[string]store.Feedback{
		``:                                 {},
		`{"metadata":{"a":"\"é","b":"2"}}`: {Metadata: map[string]string{"b": "2", "a": `"é`}},
		`{"correction":"line\nline"}`:      {Correction: "line\nline"},
		`{"metadata":{"a":"1"},"correction":"c"}`: {Metadata: map[string]string{"a": "1"}, Correction: "c"},
		`{"metadata":{"a":"1"},"stamped":{"tags":["\"é"],"metadata":["a"]}}`: {Metadata: map[string]string{"a": "1"},
			Stamped: store.Stamped{Tags: []string{`"é`}, Metadata: []string{"a"}}},
		`{"stamped":{"tags":["a"]}}`: {Stamped: store.Stamped{Tags: []string{"a"}}},
	} {
		got, version := carried.Giver(&f)
		if got != value || version != 1 {
			t.Errorf("Giver(%v) = %q, %d; want %q, 1", f, got, version, value)
		}
		back := store.Feedback{Metadata: map[string]string{"old": "one"}, Correction: "old", Stamped: store.Stamped{Tags: []string{"old"}}}
		if err := carried.Decode(value, &back); err != nil || !back.Equal(f) {
			t.Errorf("Decode(%q) = %v, %v; want %v", value, back, err, f)
		}
	}
}

// A field of a record that no store has a column for, and that is not carried
// either, would be lost.
func TestEveryOtherFieldIsCarried(t *testing.T) {
	columns := map[string]bool{"Scope": true, "ID": true, "Key": true, "SessionID": true, "MessageID": true, "UserID": true, "Score": true,
		"Text": true, "Tags": true, "UpdatedAt": true}
	for field := range reflect.TypeFor[store.Feedback]().Fields() {
		if columns[field.Name] {
			continue
		}
		var f, back store.Feedback
		switch v := reflect.ValueOf(&f).Elem().FieldByIndex(field.Index); v.Interface().(type) {
		case string:
			v.SetString("carried")
		case map[string]string:
			v.Set(reflect.ValueOf(map[string]string{"is": "carried"}))
		case store.Stamped:
			v.Set(reflect.ValueOf(store.Stamped{Tags: []string{"is"}, Metadata: []string{"carried"}}))
		case *store.Review:
			v.Set(reflect.ValueOf(&store.Review{Verdict: store.Disagree, Note: "is", Actor: "carried", At: at}))
		default:
			t.Fatalf("this test has no value for %s, %v", field.Name, field.Type)
		}
		value, _ := carried.Giver(&f)
		added, _ := carried.Staff(&f)
		if err := cmp.Or(carried.Decode(value, &back), carried.DecodeStaff(added, &back)); err != nil || !reflect.DeepEqual(back, f) {
			t.Errorf("%s is given as %q and %q, and comes back as %+v, %v", field.Name, value, added, back, err)
		}
		if carried.Size(&f) == 0 {
			t.Errorf("%s has no size", field.Name)
		}
	}
}

func TestDecodeOfWhatIsNewerOrCorrupt(t *testing.T) {
	for value, newer := range map[string]bool{
		`{"v":2,"metadata":{"a":"1"}}`:     true,
		`{"v":2,"metadata":["another"]}`:   true,
		`{"v":2,"correction":"secret"}`:    true,
		`{"correction":"secret","new":1}`:  true,
		`{"correction":"c","sentiment":1}`: true,
		`{"stamped":{"by":"secret"}}`:      true,
		`{"stamped":["secret"]}`:           false,
		`{"correction":1}`:                 false,
		`{`:                                false,
	} {
		f := store.Feedback{Correction: "old"}
		err := carried.Decode([]byte(value), &f)
		if err == nil || errors.Is(err, store.ErrNewerVersion) != newer || strings.Contains(err.Error(), "secret") {
			t.Errorf("Decode(%q) = %v; newer: %t", value, err, newer)
		}
	}
}

func TestDecodeOfStaffsThatIsNewerOrCorrupt(t *testing.T) {
	for value, newer := range map[string]bool{
		`{"v":2,"review":["secret"]}`: true,
		`{"assignee":"secret"}`:       true,
		`{"review":{"verdict":"agree","at":"2026-11-22T10:20:30Z","by":"secret"}}`: true,
		`{"review":"secret"}`: false,
		`{"review":{"at":1}}`: false,
		`{`:                   false,
	} {
		f := store.Feedback{Review: &store.Review{Note: "old"}}
		err := carried.DecodeStaff([]byte(value), &f)
		if err == nil || errors.Is(err, store.ErrNewerVersion) != newer || strings.Contains(err.Error(), "secret") {
			t.Errorf("DecodeStaff(%q) = %v; newer: %t", value, err, newer)
		}
	}
}

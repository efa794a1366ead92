package carried_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/carried"
	"github.com/humanfeedback/feedbacks/store"
)

func TestGiverComesBack(t *testing.T) {
	for value, f := range map[string]store.Feedback{
		``:                                 {},
		`{"metadata":{"a":"\"é","b":"2"}}`: {Metadata: map[string]string{"b": "2", "a": `"é`}},
		`{"correction":"line\nline"}`:      {Correction: "line\nline"},
		`{"metadata":{"a":"1"},"correction":"c"}`: {Metadata: map[string]string{"a": "1"}, Correction: "c"},
	} {
		got, version := carried.Giver(&f)
		if got != value || version != 1 {
			t.Errorf("Giver(%v) = %q, %d; want %q, 1", f, got, version, value)
		}
		back := store.Feedback{Metadata: map[string]string{"old": "one"}, Correction: "old"}
		if err := carried.Decode(value, &back); err != nil || !back.Equal(f) {
			t.Errorf("Decode(%q) = %v, %v; want %v", value, back, err, f)
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

package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// Each field of a Filter is a condition of its own, and one that Match knows: a
// field without would select every record, for Erase too.
func TestEveryFieldOfAFilterIsACondition(t *testing.T) {
	values := map[reflect.Type]any{
		reflect.TypeFor[string](): "none", reflect.TypeFor[*float64](): new(0.25), reflect.TypeFor[*bool](): new(true),
		reflect.TypeFor[store.Pair](): store.Pair{Name: "n", Value: "none"}, reflect.TypeFor[time.Time](): time.Unix(1, 0),
	}
	said := map[string]bool{}
	for i := range reflect.TypeFor[store.Filter]().NumField() {
		field := reflect.TypeFor[store.Filter]().Field(i)
		var f store.Filter
		reflect.ValueOf(&f).Elem().Field(i).Set(reflect.ValueOf(values[field.Type]))
		cs := f.Conditions()
		if len(cs) != 1 || said[cs[0].String()] || f.IsZero() {
			t.Fatalf("Filter.%s sets the conditions %v, want one of its own", field.Name, cs)
		}
		said[cs[0].String()] = true
		cs.Match(&store.Feedback{ID: store.MinID(time.Unix(2, 0))}) // does not panic
		if err := f.Only(field.Name); err != nil {
			t.Errorf("Only(%q): %v", field.Name, err)
		}
		if err := f.Only(); err == nil {
			t.Errorf("Only() of a Filter with %s is nil", field.Name)
		}
	}
}

func TestUnknownConditionsPanic(t *testing.T) {
	for _, c := range []store.Condition{{"mood", store.Equal, "good"}, {store.Score, "near", 0.5}, {store.Tags, store.Present, true}, {}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v matches or does not, want a panic", c)
				}
			}()
			store.Conditions{c}.Match(&store.Feedback{})
		}()
	}
}

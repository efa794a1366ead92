package store_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// alone yields, for each field of a Filter, a filter with that one set, and the
// value.
func alone(t *testing.T) iter.Seq2[string, store.Filter] {
	return func(yield func(string, store.Filter) bool) {
		for field := range reflect.TypeFor[store.Filter]().Fields() {
			var f store.Filter
			v := reflect.ValueOf(&f).Elem().FieldByIndex(field.Index)
			switch v.Interface().(type) {
			case string:
				v.SetString("the " + field.Name)
			case *float64:
				v.Set(reflect.ValueOf(new(0.5)))
			case *bool:
				v.Set(reflect.ValueOf(new(true)))
			case time.Time:
				v.Set(reflect.ValueOf(noon))
			case store.Pair:
				v.Set(reflect.ValueOf(store.Pair{Name: "model", Value: "x-1"}))
			default:
				t.Fatalf("this test has no value for the kind of %s, %v", field.Name, field.Type)
			}
			if !yield(field.Name, f) {
				return
			}
		}
	}
}

// A field that is added to Filter and to nothing else would select every record.
func TestEveryFieldOfAFilterIsACondition(t *testing.T) {
	record := store.Feedback{Scope: scope, ID: store.NewID(noon), SessionID: "s"}
	for name, f := range alone(t) {
		conditions := f.Conditions()
		if len(conditions) != 1 || f.IsZero() {
			t.Errorf("a filter by %s has the conditions %v, want one", name, conditions)
			continue
		}
		want := reflect.Indirect(reflect.ValueOf(f).FieldByName(name)).Interface()
		if conditions[0].Value != want {
			t.Errorf("a filter by %s has the value %v, want %v", name, conditions[0].Value, want)
		}
		f.Match(record) // panics at a condition that Match does not know
		if err := f.Check(); err != nil {
			t.Errorf("Check of a filter by %s: %v", name, err)
		}
		if err := f.Only(name); err != nil {
			t.Errorf("Only(%q): %v", name, err)
		}
		if fe, ok := errors.AsType[*store.FieldError](f.Only()); !ok || !strings.HasSuffix(strings.ToLower(fe.Field), strings.ToLower(name)) {
			t.Errorf("Only() of a filter by %s: %v, want a FieldError of its parameter", name, f.Only())
		}
	}
}

// Nobody's records have it: who forgets to check a filter erases nothing.
func TestAPairWithoutAValueMatchesNothing(t *testing.T) {
	f := store.Filter{Metadata: store.Pair{Name: "model"}}
	for _, metadata := range []map[string]string{nil, {"trace_id": "t"}, {"model": "x-1"}} {
		if f.Match(store.Feedback{Scope: scope, ID: store.NewID(noon), SessionID: "s", Metadata: metadata}) {
			t.Errorf("a filter by a name without a value selects what has the metadata %v", metadata)
		}
	}
}

// Every call of a store goes through these.
func TestAFilterWithoutConditionsAllocatesNothing(t *testing.T) {
	var f store.Filter
	if n := testing.AllocsPerRun(100, func() { f.Check(); f.Conditions(); f.ByTimeAndTagOnly() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOnlyPanicsWithoutSuchAField(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a misspelt field passes")
		}
	}()
	store.Filter{}.Only("Tags")
}

// stuck has two pages that go on where it says.
type stuck struct {
	*memory.Store
	next  string
	calls int
}

func (s *stuck) List(context.Context, store.Scope, store.Query) (store.Page, error) {
	if s.calls++; s.calls > 2 {
		return store.Page{}, nil
	}
	return store.Page{Next: s.next}, nil
}

func TestAllEndsWhenPagesDoNotAdvance(t *testing.T) {
	before, at, after := store.MinID(noon.Add(-time.Second)), store.MinID(noon), store.MinID(noon.Add(time.Second))
	for _, c := range []struct {
		next      string
		ascending bool
	}{{at, false}, {after, false}, {at, true}, {before, true}} {
		var errs []error
		st := &stuck{next: c.next}
		for _, err := range store.All(t.Context(), st, scope, store.Query{After: at, Ascending: c.ascending}) {
			errs = append(errs, err)
		}
		if st.calls != 1 || len(errs) != 1 || errs[0] == nil || !strings.Contains(errs[0].Error(), "does not advance") {
			t.Errorf("after %s, ascending %t, pages that go on at %s yield %v, want one error", at, c.ascending, c.next, errs)
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

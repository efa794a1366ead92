package params_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// values has one of each kind, and one that is none.
var values = map[params.Kind][2]string{
	params.ID: {"x", "\n"}, params.Tag: {"x", "\xff"}, params.Score: {"0.5", "1.5"}, params.Bool: {"true", "no"}, params.Time: {"2026-11-22", "today"},
	params.Words: {"x", "\xff"}, params.Pair: {"model:x:1", "model"}, params.Integer: {"7", "07"}, params.Token: {"x", ""},
	params.Zone: {"Europe/Berlin", "Local"},
}

// of returns a value of a parameter, and one that is none.
func of(t *testing.T, p params.Param) (good, bad string) {
	if p.Kind == params.Choice {
		return p.Choices[0], strings.ToUpper(p.Choices[0])
	}
	v, ok := values[p.Kind]
	if !ok {
		t.Fatalf("%s: the test knows no values of the kind %s", p.Name, p.Kind)
	}
	return v[0], v[1]
}

// changed returns the names of the fields in which two structs differ.
func changed(a, b any) (names []string) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			names = append(names, x.Type().Field(i).Name)
		}
	}
	return names
}

func TestEveryFilterSetsAFieldOfItsOwn(t *testing.T) {
	set := map[string]string{}
	for _, p := range params.Filters {
		good, _ := of(t, p)
		v := params.Defaults()
		if err := p.Set(&v, good); err != nil {
			t.Fatal(err)
		}
		fields := changed(v.Filter, store.Filter{})
		if len(fields) != 1 || !slices.Equal(changed(v, params.Defaults()), []string{"Filter"}) {
			t.Errorf("%s sets %v of the filter, and changes %v", p.Name, fields, changed(v, params.Defaults()))
			continue
		}
		if other := set[fields[0]]; other != "" {
			t.Errorf("%s and %s both set %s", p.Name, other, fields[0])
		}
		set[fields[0]] = p.Name
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[store.Filter]()) {
		if set[field.Name] == "" {
			t.Errorf("no parameter sets Filter.%s", field.Name)
		}
	}
}

func TestEveryOtherSetsAFieldOfItsOwn(t *testing.T) {
	set := map[string]string{}
	for _, p := range slices.Concat(params.Order, params.Format, params.Review, params.Interval, params.Compare, params.Paging) {
		good, _ := of(t, p)
		v := params.Defaults()
		if err := p.Set(&v, good); err != nil {
			t.Fatal(err)
		}
		if fields := changed(v, params.Defaults()); len(fields) != 1 || set[fields[0]] != "" {
			t.Errorf("%s changes %v", p.Name, fields)
		} else {
			set[fields[0]] = p.Name
		}
	}
}

func TestWhatBreaksARuleSetsNothing(t *testing.T) {
	for _, p := range slices.Concat(params.Filters, params.Voter, params.Person, params.Order, params.Format, params.Review, params.Interval, params.Compare, params.Paging) {
		_, bad := of(t, p)
		v := params.Defaults()
		err := p.Set(&v, bad)
		if p.Kind == params.Token { // whose form is known elsewhere
			continue
		}
		if e, ok := errors.AsType[*store.FieldError](err); !ok || e.Field != p.Name || len(changed(v, params.Defaults())) > 0 {
			t.Errorf("%s=%q: %v, %+v", p.Name, bad, err, v)
		}
	}
}

func TestNamed(t *testing.T) {
	for _, group := range [][]params.Param{params.Filters, params.Order, params.Format, params.Review, params.Interval, params.Compare, params.Paging} {
		for i, p := range group {
			if got := params.Named(p.Name); got != &group[i] || params.Find(group, p.Name) != got {
				t.Errorf("Named(%s) is %v", p.Name, got)
			}
			if p.Title == "" && params.Find(params.Filters, p.Name) != nil || p.Rule == "" || p.Description == "" {
				t.Errorf("%s lacks words: %+v", p.Name, p)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Named returned what there is not")
		}
	}()
	params.Named("userId")
}

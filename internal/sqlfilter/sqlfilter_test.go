package sqlfilter_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

func TestAnUnknownConditionIsAnError(t *testing.T) {
	for _, c := range []store.Condition{
		{Field: "sentiment", Op: store.Equal, Value: "angry"},
		{Field: store.UserID, Op: "starts with", Value: "u"},
		{Field: store.Score, Op: store.Below, Value: 0.5}, // both are known, but not together
	} {
		w := sqlfilter.PostgreSQL.Where("s")
		err := w.Filter(store.Conditions{{Field: store.Text, Op: store.Present, Value: true}, c})
		if field, ok := errors.AsType[*store.FieldError](err); !ok || field.Field != string(c.Field) {
			t.Errorf("%v: %v, want a FieldError of it", c, err)
		}
	}
}

// Every field of a Filter, set to something, is one condition.
func TestEveryFilterIsKnown(t *testing.T) {
	f := store.Filter{}
	for v, i := reflect.ValueOf(&f).Elem(), 0; i < v.NumField(); i++ {
		switch field := v.Field(i).Addr().Interface().(type) {
		case *string:
			*field = "x"
		case **float64:
			*field = new(float64)
		case **bool:
			*field = new(bool)
		case *store.Pair:
			*field = store.Pair{Name: "a", Value: "b"}
		case *time.Time:
			*field = time.Unix(1, 0)
		default:
			t.Fatalf("this test knows no value for %T", field)
		}
	}
	if err := sqlfilter.PostgreSQL.Where("s").Filter(f.Conditions()); err != nil {
		t.Error(err)
	}
}

func TestOneIndexLeads(t *testing.T) {
	const least, most, epoch = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "00000000-0000-7000-8000-000000000000"
	for _, test := range []struct {
		f                         store.Filter
		examined, required, order string
		args                      []any
	}{
		{store.Filter{}, "(scope, id) >= ($1::text::uuid, $2::text::uuid) AND (scope, id) <= ($1::text::uuid, $3::text::uuid)", "", "scope, id", []any{"s", least, most}},
		{store.Filter{UserID: "u"}, "(scope, user_id, id) >= ($1::text::uuid, $2::text, $3::text::uuid) AND (scope, user_id, id) <= ($1::text::uuid, $2::text, $4::text::uuid) AND user_id <> ''", "",
			"scope, user_id, id", []any{"s", "u", least, most}},
		{store.Filter{SessionID: "s1", MessageID: "m", Tag: "t"},
			"(scope, message_id, id) >= ($1::text::uuid, $3::text, $5::text::uuid) AND (scope, message_id, id) <= ($1::text::uuid, $3::text, $6::text::uuid) AND message_id <> ''",
			"session_id = $2::text AND $4::text = ANY (tags)", "scope, message_id, id", []any{"s", "s1", "m", "t", least, most}},
		{store.Filter{Tag: "t", CreatedAfter: time.Unix(0, 0)}, "(scope, id) >= ($1::text::uuid, $3::text::uuid) AND (scope, id) <= ($1::text::uuid, $4::text::uuid)",
			"$2::text = ANY (tags)", "scope, id", []any{"s", "t", epoch, most}},
		{store.Filter{CreatedBefore: time.Unix(0, 0)}, "(scope, id) >= ($1::text::uuid, $2::text::uuid) AND (scope, id) < ($1::text::uuid, $3::text::uuid)",
			"", "scope, id", []any{"s", least, epoch}},
	} {
		w := sqlfilter.PostgreSQL.Where("s")
		if err := w.Filter(test.f.Conditions()); err != nil || w.Examined() != test.examined || w.Required() != test.required || w.Order("", false) != test.order || !reflect.DeepEqual(w.Args, test.args) {
			t.Errorf("%+v: examined %q, required %q, order %q, %q, %v", test.f, w.Examined(), w.Required(), w.Order("", false), w.Args, err)
		}
	}
}

// Of several bounds the closest holds, whichever comes first: an index would start
// at any of them.
func TestTheClosestBoundHolds(t *testing.T) {
	const a, b = "aia_fdbk_00000000-0000-7000-8000-00000000000a", "aia_fdbk_00000000-0000-7000-8000-00000000000b"
	for _, test := range []struct {
		bound func(w *sqlfilter.Where)
		want  string
	}{
		{func(w *sqlfilter.Where) { w.After(a); w.AtLeast(a) }, "> a"},
		{func(w *sqlfilter.Where) { w.AtLeast(a); w.After(a) }, "> a"},
		{func(w *sqlfilter.Where) { w.After(a); w.AtLeast(b) }, ">= b"},
		{func(w *sqlfilter.Where) { w.AtLeast(b); w.After(a) }, ">= b"},
		{func(w *sqlfilter.Where) { w.Below(a); w.Below(b) }, "< a"},
		{func(w *sqlfilter.Where) { w.Below(b); w.Below(a) }, "< a"},
	} {
		w := sqlfilter.PostgreSQL.Where("s")
		test.bound(w)
		op, id, _ := strings.Cut(test.want, " ")
		if !strings.Contains(w.Examined(), " "+op+" (") || !slices.ContainsFunc(w.Args, func(arg any) bool { return strings.HasSuffix(arg.(string), id) }) {
			t.Errorf("want %s: %s of %v", test.want, w.Examined(), w.Args)
		}
	}
}

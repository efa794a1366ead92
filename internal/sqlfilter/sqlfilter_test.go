package sqlfilter_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

var dialects = map[string]*sqlfilter.Dialect{"PostgreSQL": sqlfilter.PostgreSQL, "SQLite": sqlfilter.SQLite}

func TestAnUnknownConditionIsAnError(t *testing.T) {
	for _, c := range []store.Condition{
		{Field: "sentiment", Op: store.Equal, Value: "angry"},
		{Field: store.UserID, Op: "starts with", Value: "u"},
		{Field: store.Score, Op: store.Below, Value: 0.5}, // both are known, but not together
	} {
		for name, d := range dialects {
			err := d.Where().Filter(store.Conditions{{Field: store.Text, Op: store.Present, Value: true}, c})
			if field, ok := errors.AsType[*store.FieldError](err); !ok || field.Field != string(c.Field) {
				t.Errorf("%s: %v: %v, want a FieldError of it", name, c, err)
			}
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
	for name, d := range dialects {
		if err := d.Where().Filter(f.Conditions()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneIndexLeads(t *testing.T) {
	for _, test := range []struct {
		f                         store.Filter
		examined, required, order string
		args                      []any
	}{
		{store.Filter{}, "", "", "id DESC", nil},
		{store.Filter{UserID: "u"}, "user_id >= $1::text AND user_id <= $1::text AND user_id <> ''", "", "user_id DESC, id DESC", []any{"u"}},
		{store.Filter{SessionID: "s", UserID: "u"}, "session_id >= $1::text AND session_id <= $1::text", "user_id = $2::text", "session_id DESC, id DESC", []any{"s", "u"}},
		{store.Filter{SessionID: "s", MessageID: "m", Tag: "t"}, "message_id >= $2::text AND message_id <= $2::text AND message_id <> ''",
			"session_id = $1::text AND $3::text = ANY (tags)", "message_id DESC, id DESC", []any{"s", "m", "t"}},
		{store.Filter{Tag: "t", CreatedAfter: time.Unix(0, 0)}, "id >= $2::text::uuid", "$1::text = ANY (tags)", "id DESC",
			[]any{"t", "00000000-0000-7000-8000-000000000000"}},
	} {
		w := sqlfilter.PostgreSQL.Where()
		if err := w.Filter(test.f.Conditions()); err != nil || w.Examined() != test.examined || w.Required() != test.required || w.Order("", true) != test.order || !reflect.DeepEqual(w.Args, test.args) {
			t.Errorf("%+v: examined %q, required %q, order %q, %q, %v", test.f, w.Examined(), w.Required(), w.Order("", true), w.Args, err)
		}
	}
}

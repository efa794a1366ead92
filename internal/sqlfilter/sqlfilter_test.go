package sqlfilter_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

func TestEveryConditionIsKnown(t *testing.T) {
	all := store.Filter{
		SessionID: "s", MessageID: "m", UserID: "u", Tag: "t", MinScore: new(0.0), MaxScore: new(1.0), HasText: new(true), HasCorrection: new(false),
		Metadata: store.Pair{Name: "n", Value: "v"}, CreatedAfter: time.Unix(1, 0), CreatedBefore: time.Unix(2, 0),
	}.Conditions()
	said := map[string]bool{}
	for _, c := range all {
		n := 0
		sql, err := sqlfilter.PostgreSQL.SQL(c, func(any) string { n++; return fmt.Sprint("$", n) })
		if err != nil || n == 0 || said[sql] {
			t.Errorf("%v is %q with %d arguments, %v", c, sql, n, err)
		}
		said[sql] = true
	}
	if len(said) != 11 {
		t.Errorf("%d conditions, want 11", len(said))
	}
}

func TestUnknownConditionsAreRefused(t *testing.T) {
	for _, c := range []store.Condition{
		{Field: "mood", Op: store.Equal, Value: "good"}, {Field: store.Score, Op: "near", Value: 1.0}, {Field: store.Tags, Op: store.Present, Value: true}, {},
	} {
		if sql, err := sqlfilter.PostgreSQL.SQL(c, func(any) string { return "$1" }); !errors.Is(err, store.ErrInvalid) || sql != "" {
			t.Errorf("%v: %q, %v; want ErrInvalid", c, sql, err)
		}
	}
}

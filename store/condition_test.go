package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

func TestConditionsCheck(t *testing.T) {
	at := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	known := store.Filter{
		SessionID: "s", MessageID: "m", UserID: "u", Tag: "a", MinScore: new(0.1), MaxScore: new(0.9), HasText: new(true),
		HasCorrection: new(false), Metadata: store.Pair{Name: "model", Value: "x"}, CreatedAfter: at, CreatedBefore: at,
	}.Conditions()
	if err := known.Check(); err != nil {
		t.Errorf("Check of %v: %v", known, err)
	}
	for _, c := range []store.Condition{
		{Field: "sentiment", Op: store.Equal, Value: "glad"},
		{Field: store.Score, Op: "<>", Value: 0.5},
		{Field: store.Text, Op: store.Contains, Value: "word"},
	} {
		err := append(store.Conditions{known[0]}, c).Check()
		if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), c.String()) {
			t.Errorf("Check of %v: %v, want ErrInvalid that names it", c, err)
		}
	}
}

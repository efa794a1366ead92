package store_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

func TestIDsCarryMicroseconds(t *testing.T) {
	base := time.Date(2026, 11, 22, 10, 20, 30, 0, time.UTC)
	previous := ""
	for micros := range 2500 { // every fraction of a millisecond, and across two
		at := base.Add(time.Duration(micros) * time.Microsecond)
		id := store.NewID(at.Add(999 * time.Nanosecond)) // the rest is cut off
		got, err := store.IDTime(id)
		if err != nil || !got.Equal(at) || got.Location() != time.UTC {
			t.Fatalf("IDTime(NewID(%v)) = %v, %v", at, got, err)
		}
		if id <= previous {
			t.Fatalf("the id of %v, %s, is not above the one before, %s", at, id, previous)
		}
		if low, next := store.MinID(at), store.MinID(at.Add(1)); id < low || id >= next {
			t.Fatalf("the id of %v, %s, is not between MinID %s and %s", at, id, low, next)
		}
		previous = id
	}
}

func TestIDsOfAnyTimeAreInOrder(t *testing.T) {
	far := time.Date(292_400_000, 1, 1, 0, 0, 0, 0, time.UTC) // beyond UnixMicro
	times := []time.Time{{}, time.Unix(-1, 0), time.Unix(0, 0), time.Unix(0, 1000), time.Unix(1, 0).In(time.FixedZone("", -86400)),
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), far}
	for i, at := range times {
		id := store.NewID(at)
		got, err := store.IDTime(id)
		if err != nil || got.Year() < 1970 || got.Year() > 9999 {
			t.Errorf("IDTime(NewID(%v)) = %v, %v, want a time in the years 1970 to 9999", at, got, err)
		}
		if i > 0 && store.MinID(at) < store.MinID(times[i-1]) {
			t.Errorf("MinID(%v) is below MinID(%v)", at, times[i-1])
		}
	}
}

func TestMinIDBeyondTheLastMicrosecondIsAboveAll(t *testing.T) {
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	id := store.NewID(last)
	if id < store.MinID(last) {
		t.Errorf("the id of %v, %s, is below MinID", last, id)
	}
	for _, later := range []time.Duration{1, 999, time.Microsecond, time.Hour} {
		if low := store.MinID(last.Add(later)); id >= low {
			t.Errorf("the id of %v, %s, is not below MinID %v later, %s", last, id, later, low)
		}
	}
}

func TestIDsOfOneMicrosecondAreInOrderOfMaking(t *testing.T) {
	at := time.Now()
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = store.NewID(at)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids of one microsecond repeat or are out of order")
	}
}

func TestIDsNeverRepeat(t *testing.T) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[string]bool{}
	for range 4 {
		wg.Go(func() {
			for i := range 5000 {
				id := store.NewID(time.Unix(int64(i%3), 0))
				mu.Lock()
				if seen[id] {
					t.Errorf("%s was made twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestKeysOfDifferentPartsDiffer(t *testing.T) {
	keys := map[string]string{}
	for name, key := range map[string]string{
		"vote":           store.VoteKey("s", "m", "u"),
		"session":        store.VoteKey("s", "", "u"),
		"anonymous":      store.VoteKey("s", "m", ""),
		"shifted":        store.VoteKey("sm", "", "u"),
		"shifted back":   store.VoteKey("", "sm", "u"),
		"case":           store.VoteKey("S", "m", "u"),
		"idempotency":    store.IdempotencyKey("s", "m", "u"),
		"without parts":  store.IdempotencyKey("smu"),
		"with one empty": store.IdempotencyKey("smu", ""),
	} {
		if other := keys[key]; other != "" {
			t.Errorf("%s and %s have the same key", name, other)
		}
		keys[key] = name
	}
	if got := store.VoteKey("s", "m", "u"); got != "vote_1b7d9313dcae313f929e20b5e187ae86" {
		t.Errorf("VoteKey has changed: stored votes would be lost: %s", got)
	}
}

func TestFieldErrorsNameTheFieldTheRuleAndTheValue(t *testing.T) {
	f := store.Feedback{Scope: store.Scope{Assistant: "a"}, ID: store.NewID(time.Now()), SessionID: "s", Score: 1.5}
	if got, want := fmt.Sprint(f.Check()), "score must be between 0 and 1, got 1.5"; got != want {
		t.Errorf("Check: %s, want %s", got, want)
	}
	f.SessionID = ""
	if got, want := fmt.Sprint(f.Check()), "session_id is required"; got != want {
		t.Errorf("Check: %s, want %s", got, want)
	}
	err := fmt.Errorf("wrapped: %w", f.Check())
	if fe, ok := errors.AsType[*store.FieldError](err); !ok || fe.Field != "session_id" || !errors.Is(err, store.ErrInvalid) {
		t.Errorf("%v is no FieldError for session_id that is ErrInvalid", err)
	}
}

// An import answers with a hundred of them.
func TestFieldErrorsAreBriefHoweverLongTheValue(t *testing.T) {
	for _, long := range []string{strings.Repeat("\x01", 1<<20), strings.Repeat("n", 1<<20)} {
		good := store.Feedback{Scope: scope, ID: store.NewID(noon), SessionID: "s"}
		for name, set := range map[string]func(f *store.Feedback){
			"session_id":       func(f *store.Feedback) { f.SessionID = long },
			"message_id":       func(f *store.Feedback) { f.MessageID = long },
			"user_id":          func(f *store.Feedback) { f.UserID = long },
			"tags":             func(f *store.Feedback) { f.Tags = []string{long} },
			"metadata":         func(f *store.Feedback) { f.Metadata = map[string]string{long: "x"} },
			"metadata's value": func(f *store.Feedback) { f.Metadata = map[string]string{"a": long} },
		} {
			f := good
			set(&f)
			if err := f.Check(); err == nil || len(err.Error()) > 1000 {
				t.Errorf("Check of a %s of %d bytes: %.1000v", name, len(long), err)
			}
		}
	}
}

func TestNormalize(t *testing.T) {
	const id = "aia_fdbk_019aab6a-2c00-7000-8000-000000000000" // 2025-11-22T11:54:13.376Z
	east := time.FixedZone("", 3600)
	for _, c := range []struct {
		name     string
		in, want store.Feedback
	}{
		{"nothing but an id", store.Feedback{ID: id}, store.Feedback{ID: id, UpdatedAt: time.Date(2025, 11, 22, 11, 54, 13, 376_000_000, time.UTC)}},
		{"a zero time elsewhere", store.Feedback{ID: id, UpdatedAt: time.Time{}.In(east)},
			store.Feedback{ID: id, UpdatedAt: time.Date(2025, 11, 22, 11, 54, 13, 376_000_000, time.UTC)}},
		{"microseconds are cut, not rounded", store.Feedback{ID: id, UpdatedAt: time.Date(2026, 1, 1, 0, 59, 59, 999_999_999, east)},
			store.Feedback{ID: id, UpdatedAt: time.Date(2025, 12, 31, 23, 59, 59, 999_999_000, time.UTC)}},
		{"before it was created", store.Feedback{ID: id, UpdatedAt: time.Unix(1, 1500)},
			store.Feedback{ID: id, UpdatedAt: time.Date(1970, 1, 1, 0, 0, 1, 1000, time.UTC)}},
		{"-0", store.Feedback{ID: id, UpdatedAt: noon, Score: math.Copysign(0, -1)}, store.Feedback{ID: id, UpdatedAt: noon, Score: 0}},
		{"a score as it is", store.Feedback{ID: id, UpdatedAt: noon, Score: 0.1234567890123456}, store.Feedback{ID: id, UpdatedAt: noon, Score: 0.1234567890123456}},
		{"no tags", store.Feedback{ID: id, UpdatedAt: noon, Tags: []string{}}, store.Feedback{ID: id, UpdatedAt: noon}},
		{"tags in their order", store.Feedback{ID: id, UpdatedAt: noon, Tags: []string{"b", "A", " a "}}, store.Feedback{ID: id, UpdatedAt: noon, Tags: []string{"b", "A", " a "}}},
		{"no metadata", store.Feedback{ID: id, UpdatedAt: noon, Metadata: map[string]string{}}, store.Feedback{ID: id, UpdatedAt: noon}},
		{"metadata and a correction as they are", store.Feedback{ID: id, UpdatedAt: noon, Metadata: map[string]string{"A": " é "}, Correction: " \r\n"},
			store.Feedback{ID: id, UpdatedAt: noon, Metadata: map[string]string{"A": " é "}, Correction: " \r\n"}},
		{"a review's time in UTC, its microseconds cut", store.Feedback{ID: id, UpdatedAt: noon, Review: &store.Review{Verdict: store.Agree, Note: " é\r\n", Actor: " A ", At: time.Date(2026, 1, 1, 0, 59, 59, 999_999_999, east)}},
			store.Feedback{ID: id, UpdatedAt: noon, Review: &store.Review{Verdict: store.Agree, Note: " é\r\n", Actor: " A ", At: time.Date(2025, 12, 31, 23, 59, 59, 999_999_000, time.UTC)}}},
		{"text and ids untouched", store.Feedback{ID: id, UpdatedAt: noon, Scope: scope, Key: "k", SessionID: " S ", MessageID: "e\u0301", UserID: "\u212b", Text: " \r\n\ufeffe\u0301 \x01"},
			store.Feedback{ID: id, UpdatedAt: noon, Scope: scope, Key: "k", SessionID: " S ", MessageID: "e\u0301", UserID: "\u212b", Text: " \r\n\ufeffe\u0301 \x01"}},
	} {
		got := c.in.Normalize()
		if !reflect.DeepEqual(got, c.want) || math.Signbit(got.Score) { // DeepEqual tells nil from [], and UTC from elsewhere
			t.Errorf("%s: Normalize returned %#v, want %#v", c.name, got, c.want)
		}
		if again := got.Normalize(); !reflect.DeepEqual(again, got) {
			t.Errorf("%s: normalized again it is %#v", c.name, again)
		}
	}
	f := store.Feedback{ID: id, Tags: []string{"a"}, Metadata: map[string]string{"a": "1"}, Review: &store.Review{Note: "a"}}
	mine := f.Normalize()
	if mine.Tags[0], mine.Metadata["a"], mine.Review.Note = "mine", "mine", "mine"; f.Tags[0] != "a" || f.Metadata["a"] != "1" || f.Review.Note != "a" {
		t.Error("what Normalize returns shares its tags, its metadata or its review")
	}
}

// A field that Equal does not look at is one that tests of stores do not see.
func TestEqualSeesEveryField(t *testing.T) {
	for field := range reflect.TypeFor[store.Feedback]().Fields() {
		var f store.Feedback
		v := reflect.ValueOf(&f).Elem().FieldByIndex(field.Index)
		switch v.Interface().(type) {
		case string:
			v.SetString("a")
		case float64:
			v.SetFloat(1)
		case []string:
			v.Set(reflect.ValueOf([]string{"a"}))
		case map[string]string:
			v.Set(reflect.ValueOf(map[string]string{"a": "1"}))
		case time.Time:
			v.Set(reflect.ValueOf(noon))
		case store.Scope:
			v.Set(reflect.ValueOf(scope))
		case store.Stamped:
			v.Set(reflect.ValueOf(store.Stamped{Metadata: []string{"a"}}))
		case *store.Review:
			v.Set(reflect.ValueOf(&store.Review{}))
		default:
			t.Fatalf("this test has no value for the kind of %s, %v", field.Name, field.Type)
		}
		if f.Equal(store.Feedback{}) || !f.Equal(f) {
			t.Errorf("Equal does not tell what has another %s", field.Name)
		}
	}
}

func TestIntervals(t *testing.T) {
	at := time.Date(2024, 2, 29, 13, 14, 15, 16, time.FixedZone("", 2*3600)) // a Thursday, 11:14 UTC
	for by, want := range map[store.Interval][2]string{
		store.Hour:  {"2024-02-29T11:00:00Z", "2024-02-29T12:00:00Z"},
		store.Day:   {"2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		store.Week:  {"2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"},
		store.Month: {"2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
	} {
		if got := by.Start(at).Format(time.RFC3339Nano); got != want[0] {
			t.Errorf("the %s of %v starts at %s, want %s", by, at, got, want[0])
		}
		if got := by.Next(at).Format(time.RFC3339Nano); got != want[1] {
			t.Errorf("the %s after %v starts at %s, want %s", by, at, got, want[1])
		}
	}
	sunday := time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)
	if got := store.Week.Start(sunday); got.Day() != 16 || got.Weekday() != time.Monday {
		t.Errorf("the week of a Sunday starts at %v, want the Monday before", got)
	}
}

func TestRemoveUndoesAdd(t *testing.T) {
	var tally store.Tally
	for i := range 1000 {
		tally.Add(store.Feedback{Score: math.Mod(float64(i)*0.1234567, 1), Text: strings.Repeat("x", i%2)})
	}
	for i := range 1000 {
		tally.Remove(store.Feedback{Score: math.Mod(float64(i)*0.1234567, 1), Text: strings.Repeat("x", i%2)})
	}
	if tally != (store.Tally{}) {
		t.Errorf("what is left of nothing is %+v", tally)
	}
}

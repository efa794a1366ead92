package person_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/person"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

const account = "b"

// A flaky store returns few scopes at once, and fails at the nth call of a kind.
type flaky struct {
	store.Store
	scopes, lists, erasures int // calls that are left
}

func (s *flaky) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	if s.scopes--; s.scopes < 0 {
		return nil, store.ErrUnavailable
	}
	return s.Store.Scopes(ctx, after, min(limit, 2))
}

func (s *flaky) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if s.lists--; s.lists < 0 {
		return store.Page{}, store.ErrUnavailable
	}
	return s.Store.List(ctx, scope, q)
}

func (s *flaky) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	if s.erasures--; s.erasures < 0 {
		return 1, store.ErrUnavailable
	}
	return s.Store.Erase(ctx, scope, f)
}

// filled returns a store with records of ann and others in five assistants of the
// account and in other accounts, and ann's in order.
func filled(t *testing.T) (*flaky, []store.Feedback) {
	st := &flaky{memory.New(), 100, 100, 100}
	var anns []store.Feedback
	for i, scope := range []store.Scope{{Account: "a", Assistant: "z"}, {Account: "b", Assistant: "B"}, {Account: "b", Assistant: "a"}, {Account: "b", Assistant: "a/é"}, {Account: "b", Assistant: "c"}, {Account: "b", Assistant: "d"}, {Account: "ba", Assistant: "a"}, {Account: "c", Assistant: "a"}} {
		for j, user := range []string{"bob", "ann", "", "ann", "ann2"} {
			if scope.Assistant == "c" && user == "ann" {
				continue // an assistant that has nothing of hers
			}
			f := store.Feedback{Scope: scope, ID: store.NewID(time.Unix(int64(100-i*10-j), 0)), SessionID: "s", UserID: user, Tags: []string{fmt.Sprint(i, j)}}
			if _, err := st.Create(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			if scope.Account == account && user == "ann" {
				anns = append(anns, f)
			}
		}
	}
	return st, anns
}

func TestScopesAreTheAccounts(t *testing.T) {
	st, _ := filled(t)
	all := []string{"B", "a", "a/é", "c", "d"}
	for after, want := range map[string][]string{"": all, "A": all, "B": all[1:], "a": all[2:], "b": all[3:], "d": nil, "e": nil} {
		var got []string
		for s, err := range person.Scopes(t.Context(), st, account, after) {
			if err != nil || s.Account != account {
				t.Fatal(s, err)
			}
			got = append(got, s.Assistant)
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %q: %q, want %q", after, got, want)
		}
	}
	for range person.Scopes(t.Context(), st, "none", "") {
		t.Error("an account without records has scopes")
	}
}

func TestRecordsAreByAssistantAndNewestFirst(t *testing.T) {
	st, want := filled(t)
	i := 0
	for f, err := range person.Records(t.Context(), st, account, "ann") {
		if err != nil || i == len(want) || !f.Equal(want[i].Normalize()) {
			t.Fatalf("record %d is %+v, %v", i, f, err)
		}
		i++
	}
	if i != len(want) {
		t.Errorf("%d records, want %d", i, len(want))
	}
	if n, err := person.Count(t.Context(), st, account, "ann"); err != nil || int(n) != len(want) {
		t.Errorf("Count is %d, %v, want %d", n, err, len(want))
	}
}

func TestRecordsBreakOff(t *testing.T) {
	for _, when := range []func(*flaky){func(s *flaky) { s.lists = 2 }, func(s *flaky) { s.scopes = 1 }} {
		st, _ := filled(t)
		when(st)
		var seen []string
		var failed []error
		for f, err := range person.Records(t.Context(), st, account, "ann") {
			if err != nil {
				failed = append(failed, err)
				continue
			}
			seen = append(seen, f.Scope.Assistant)
		}
		if !slices.Equal(seen, []string{"B", "B", "a", "a"}) || len(failed) != 1 || !errors.Is(failed[0], store.ErrUnavailable) {
			t.Errorf("%q, then %v; want two assistants and one error", seen, failed)
		}
	}
	st, _ := filled(t)
	for range person.Records(t.Context(), st, account, "ann") {
		break // a reader may leave
	}
	st.scopes = 0
	if _, err := person.Count(t.Context(), st, account, "ann"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Count: %v, want ErrUnavailable", err)
	}
}

func TestErase(t *testing.T) {
	st, anns := filled(t)
	st.erasures = 2
	if n, err := person.Erase(t.Context(), st, account, "ann"); n != 5 || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("it erased %d, %v; want 4, and 1 of what failed", n, err)
	}
	st.erasures, st.scopes = 100, 1
	if n, err := person.Erase(t.Context(), st, account, "ann"); n != 0 || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("it erased %d, %v; want 0 and an error, where the rest is not found", n, err)
	}
	st.scopes = 100
	if n, err := person.Erase(t.Context(), st, account, "ann"); err != nil || int(n) != len(anns)-4 {
		t.Errorf("again: %d, %v; want the rest, %d", n, err, len(anns)-4)
	}
	for account, want := range map[string]int64{"b": 0, "a": 2, "ba": 2, "c": 2} {
		if n, err := person.Count(t.Context(), st, account, "ann"); err != nil || n != want {
			t.Errorf("account %s has %d of ann, %v; want %d", account, n, err, want)
		}
	}
	if n, err := person.Count(t.Context(), st, account, "ann2"); err != nil || n != 5 {
		t.Errorf("%d records of another, %v; want 5", n, err)
	}
}

package storetest

import (
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
)

var scopesCases = []testCase{
	{"empty", func(t *briefT, st store.Store) {
		if got := allScopes(t, st, 10); len(got) != 0 {
			t.Errorf("Scopes returned %+v, want none", got)
		}
	}},
	{"every scope once, in byte order", func(t *briefT, st store.Store) {
		want := []store.Scope{
			{Account: "", Assistant: "a"}, {Account: "", Assistant: "b"}, {Account: "", Assistant: "é"},
			{Account: "A", Assistant: "a"}, {Account: "a", Assistant: "B"}, {Account: "a", Assistant: "b"},
			{Account: "a", Assistant: "bc"}, {Account: "a ", Assistant: "a"}, {Account: "ab", Assistant: "c"}, {Account: "b", Assistant: "!"},
		}
		for _, i := range []int{7, 2, 9, 0, 4, 1, 8, 3, 6, 5, 0} {
			create(t, st, record(0, in(want[i])))
		}
		for _, limit := range []int{1, 3, 10, 11, store.MaxLimit} {
			if got := allScopes(t, st, limit); !slices.Equal(got, want) {
				t.Errorf("Scopes in pages of %d returned %q, want %q", limit, got, want)
			}
		}
		got, err := st.Scopes(t.Context(), store.Scope{Account: "a", Assistant: "ba"}, 1) // which none bears
		if err != nil || len(got) != 1 || got[0] != want[6] {
			t.Errorf("Scopes from between returned %q, %v, want %q", got, err, want[6:7])
		}
	}},
	{"of votes too", func(t *briefT, st store.Store) {
		put(t, st, vote(0, "u"))
		if got := allScopes(t, st, 10); !slices.Equal(got, []store.Scope{scope}) {
			t.Errorf("Scopes returned %q, want %q", got, scope)
		}
	}},
	{"a bad limit is refused", func(t *briefT, st store.Store) {
		for _, limit := range []int{0, -1, store.MaxLimit + 1} {
			_, err := st.Scopes(t.Context(), store.Scope{}, limit)
			isErr(t, "Scopes", err, store.ErrInvalid)
		}
	}},
}

// allScopes reads all scopes in pages of limit.
func allScopes(t testing.TB, st store.Store, limit int) []store.Scope {
	t.Helper()
	var all []store.Scope
	var after store.Scope
	for range 100 {
		scopes, err := st.Scopes(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(scopes) > limit {
			t.Fatalf("Scopes returned %d, want at most %d", len(scopes), limit)
		}
		if len(scopes) == 0 {
			return all
		}
		all = append(all, scopes...)
		after = scopes[len(scopes)-1]
	}
	t.Fatal("the scopes do not end")
	return nil
}

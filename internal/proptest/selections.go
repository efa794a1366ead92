package proptest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
)

// The calls that are about many records.

func (s *sequence) list(t *rapid.T) {
	ctx, invalid := s.call(t)
	f := s.known().Draw(t, "record")
	scope, q := f.Scope, store.Query{Filter: s.filter(f).Draw(t, "filter"), Ascending: rapid.Bool().Draw(t, "ascending"), Limit: pick(t, "limit", limits)}
	if rapid.Bool().Draw(t, "after") {
		q.After = f.ID
	}
	if rapid.Bool().Draw(t, "buffer") {
		q.Buffer = make([]store.Feedback, 0, 4) // room for some of the limits
	}
	if invalid {
		switch rapid.IntRange(0, 3).Draw(t, "break") {
		case 0:
			scope = breakScope(t, scope)
		case 1:
			breakFilter(t, &q.Filter)
		case 2:
			q.After = pick(t, "after", badNames)
		case 3:
			q.Limit = pick(t, "limit", badLimits)
		}
	}
	s.readAll(t, ctx, scope, q)
}

// readAll compares a list as a whole, since pages may be short.
func (s *sequence) readAll(t *rapid.T, ctx context.Context, scope store.Scope, q store.Query) {
	got, _ := step(t, s, "List", []any{scope, q}, func(st store.Store) (all []store.Feedback, err error) {
		q := q
		for range 1000 {
			page, err := st.List(ctx, scope, q)
			if err != nil {
				return nil, err
			}
			if len(page.Feedbacks) > q.Limit {
				return nil, fmt.Errorf("a page of %d records, over the limit", len(page.Feedbacks))
			}
			for _, f := range page.Feedbacks {
				f.Tags = slices.Clone(f.Tags) // a buffer's are overwritten by the next page
				all = append(all, f)
			}
			if page.Next == "" {
				return all, nil
			}
			q.After = page.Next
		}
		return nil, errors.New("a list without end")
	})
	overwrite(got...)
}

func (s *sequence) summarize(t *rapid.T) {
	ctx, invalid := s.call(t)
	r := s.known().Draw(t, "record")
	scope := r.Scope
	q := store.SummaryQuery{Filter: s.filter(r).Draw(t, "filter"), Interval: pick(t, "interval", intervals), Location: pick(t, "location", locations), Compare: pick(t, "compare", prefixes)}
	if invalid {
		switch rapid.IntRange(0, 3).Draw(t, "break") {
		case 0:
			scope = breakScope(t, scope)
		case 1:
			breakFilter(t, &q.Filter)
		case 2:
			q.Interval = pick(t, "by", badBy)
		case 3:
			q.Compare = "\n"
		}
	}
	s.sum(t, ctx, scope, q)
}

func (s *sequence) sum(t *rapid.T, ctx context.Context, scope store.Scope, q store.SummaryQuery) {
	summary := func(st store.Store) (store.Summary, error) {
		sum, err := st.Summarize(ctx, scope, q)
		if len(sum.Tags) == 0 {
			sum.Tags = nil // or empty: both are right
		}
		if len(sum.Series) == 0 {
			sum.Series = nil
		}
		for i := range sum.Series {
			sum.Series[i].Start = sum.Series[i].Start.UTC() // JSON knows no year 10000, which an east may have
		}
		if err == nil && s.crowded && q.Tag == "" {
			sum.Tags, sum.TagsComplete = nil, true // as a store can
		}
		return sum, err
	}
	sum, ok := step(t, s, "Summarize", []any{scope, q}, summary)
	if !ok || q.MinScore != nil {
		return
	}
	q.MinScore = everything.MinScore // selects the same, but not from rollups
	scanned, _ := step(t, s, "Summarize by scanning", []any{scope, q}, summary)
	same(t, "Summarize beside a scan", sum, scanned)
}

func (s *sequence) erase(t *rapid.T) {
	ctx, invalid := s.call(t)
	r := s.known().Draw(t, "record")
	scope, f := r.Scope, s.filter(r).Draw(t, "filter")
	if invalid && rapid.Bool().Draw(t, "break scope") {
		scope = breakScope(t, scope)
	} else if invalid {
		breakFilter(t, &f)
	}
	s.eraseAll(t, ctx, scope, f)
}

func (s *sequence) eraseAll(t *rapid.T, ctx context.Context, scope store.Scope, f store.Filter) {
	step(t, s, "Erase", []any{scope, f}, func(st store.Store) (int64, error) { return st.Erase(ctx, scope, f) })
}

// positions are where to list scopes from: the first two are before all of the
// sequence's without an account and with one.
func (s *sequence) positions() []store.Scope {
	return append([]store.Scope{{Assistant: s.prefix}, {Account: s.prefix}}, s.scopes...)
}

func (s *sequence) listScopes(t *rapid.T) {
	ctx, invalid := s.call(t)
	after, limit := pick(t, "after", s.positions()), pick(t, "limit", limits)
	if invalid {
		limit = pick(t, "limit", badLimits)
	}
	s.readScopes(t, ctx, after, limit)
}

// readScopes compares a list of scopes, as far as it is the sequence's: between
// those without an account and those with one are other sequences'. The store's
// may have some that no longer hold a record.
func (s *sequence) readScopes(t *rapid.T, ctx context.Context, after store.Scope, limit int) {
	got, want, _ := both(t, s, "Scopes", []any{after, limit}, func(st store.Store) (own []store.Scope, err error) {
		for last := after; ; {
			scopes, err := st.Scopes(ctx, last, limit)
			if err != nil || len(scopes) == 0 {
				return own, err
			}
			if len(scopes) > limit {
				return nil, fmt.Errorf("%d scopes, over the limit", len(scopes))
			}
			for _, scope := range scopes {
				if cmp.Or(cmp.Compare(last.Account, scope.Account), cmp.Compare(last.Assistant, scope.Assistant)) >= 0 {
					return nil, errors.New("scopes out of order")
				}
				if !s.owns(scope) || (scope.Account == "") != (after.Account == "") {
					return own, nil
				}
				own = append(own, scope)
				last = scope
			}
		}
	})
	got = slices.DeleteFunc(got, func(scope store.Scope) bool {
		return s.held(scope) && !slices.Contains(want, scope)
	})
	if len(got) > 0 || len(want) > 0 { // nil and empty are alike
		same(t, "Scopes", got, want)
	}
}

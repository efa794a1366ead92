package proptest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// readBugs are those of the calls that have filters or limits.
var readBugs = map[string]func(*planted){
	"List ignores HasText":                     listing(func(q *store.Query) { q.HasText = nil }),
	"List ignores a MaxScore of 0":             listing(func(q *store.Query) { q.MaxScore = without(q.MaxScore, 0) }),
	"List ignores Ascending":                   listing(func(q *store.Query) { q.Ascending = false }),
	"List includes CreatedBefore":              listing(func(q *store.Query) { q.CreatedBefore = later(q.CreatedBefore) }),
	"List excludes CreatedAfter":               listing(func(q *store.Query) { q.CreatedAfter = later(q.CreatedAfter) }),
	"List takes the wrong zone":                listing(func(q *store.Query) { q.CreatedAfter = local(q.CreatedAfter) }),
	"List takes an id for another of its time": listing(func(q *store.Query) { q.After = strings.Replace(q.After, "-bfff-", "-8000-", 1) }),
	"List by message is by session":            listing(func(q *store.Query) { q.SessionID = withoutIf(q.MessageID != "", q.SessionID) }),
	"List folds the case of sessions":          listing(func(q *store.Query) { q.SessionID = strings.ToLower(q.SessionID) }),
	"List repeats the After record": func(p *planted) {
		p.list = func(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
			page, err := p.Store.List(ctx, s, q)
			if f, missing := p.Store.Get(ctx, s, store.Ref{ID: q.After}); err == nil && missing == nil && q.Match(f) && len(page.Feedbacks) < q.Limit {
				page.Feedbacks = slices.Insert(page.Feedbacks, 0, f)
			}
			return page, err
		}
	},
	"List goes on without end": func(p *planted) {
		p.list = func(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
			page, err := p.Store.List(ctx, s, q)
			if len(page.Feedbacks) > 0 && page.Next == "" && q.Limit == 1 {
				page.Next = ids[0]
			}
			return page, err
		}
	},
	"List exceeds the limit": func(p *planted) {
		p.list = func(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
			q.Limit += q.Limit % 2
			return p.Store.List(ctx, s, q)
		}
	},
	"List ends with a full page": func(p *planted) {
		p.list = func(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
			page, err := p.Store.List(ctx, s, q)
			if len(page.Feedbacks) == q.Limit {
				page.Next = ""
			}
			return page, err
		}
	},

	"Summarize ignores Tag in a span of time": summing(func(q *store.SummaryQuery) {
		if !q.CreatedAfter.IsZero() {
			q.Tag = ""
		}
	}),
	"Summarize includes CreatedBefore": summing(func(q *store.SummaryQuery) { q.CreatedBefore = later(q.CreatedBefore) }),
	"Summarize by week starts on Sundays": func(p *planted) {
		p.summarize = func(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
			sum, err := p.Store.Summarize(ctx, s, q)
			if q.Interval == store.Week {
				for i := range sum.Series {
					sum.Series[i].Start = sum.Series[i].Start.AddDate(0, 0, -1)
				}
			}
			return sum, err
		}
	},
	"Summarize takes any interval": summing(func(q *store.SummaryQuery) {
		if q.Interval.Check() != nil {
			q.Interval = store.Day
		}
	}),
	"Summarize is off by one": summed(func(s *store.Summary) { s.WithText += s.Count / 7 }),
	"Summarize rounds the mean": summed(func(s *store.Summary) {
		if s.MeanScore != nil {
			s.MeanScore = new(float64(float32(*s.MeanScore)))
		}
	}),
	"Summarize forgets the last bin":  summed(func(s *store.Summary) { s.Histogram[9] = 0 }),
	"Summarize drops a series' zeros": summed(func(s *store.Summary) { s.Series = nonzero(s.Series) }),
	"rollups count 0.5 - 4e-7 as negative": func(p *planted) {
		p.summarize = func(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
			sum, err := p.Store.Summarize(ctx, s, q)
			for r := range store.All(ctx, p.Store, s, store.Query{Filter: q.Filter}) {
				if r.Score == 0.5-4e-7 && q.ByTimeAndTagOnly() {
					sum.Negative++
				}
			}
			return sum, err
		}
	},
	"rollups drift when a record is deleted": func(p *planted) {
		drift := map[store.Scope]int64{}
		p.delete = func(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			got, err := p.Store.Delete(ctx, s, r)
			if err == nil && len(got.Tags) > 1 {
				drift[s]++
			}
			return got, err
		}
		p.summarize = func(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
			sum, err := p.Store.Summarize(ctx, s, q)
			if q.ByTimeAndTagOnly() {
				sum.Count += drift[s]
			}
			return sum, err
		}
	},

	"Erase ignores Tag":         erasing(func(f *store.Filter) { f.Tag = withoutIf(f.SessionID != "", f.Tag) }),
	"Erase ignores HasText":     erasing(func(f *store.Filter) { f.HasText = nil }),
	"Erase excludes MinScore":   erasing(func(f *store.Filter) { f.MinScore = without(f.MinScore, 0.5) }),
	"Erase needs no conditions": erasing(func(f *store.Filter) { f.MaxScore = new(1.0) }),
	"Erase leaves votes": func(p *planted) {
		p.erase = func(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
			var votes []store.Feedback
			for r, err := range store.All(ctx, p.Store, s, store.Query{Filter: f}) {
				if err == nil && r.IsVote() {
					votes = append(votes, r)
				}
			}
			n, err := p.Store.Erase(ctx, s, f)
			for _, r := range votes {
				if err == nil {
					p.Store.Create(ctx, r)
				}
			}
			return n, err
		}
	},
	"Erase does not know HasCorrection": func(p *planted) {
		p.erase = func(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
			if known := f; f.CheckErase() == nil {
				if known.HasCorrection = nil; !known.IsZero() {
					f = known
				}
			}
			return p.Store.Erase(ctx, s, f)
		}
	},
	"metadata is selected by its name": func(p *planted) {
		p.list = func(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
			name := q.Metadata.Name
			if q.Check() != nil || name == "" || s.Check() != nil || ctx.Err() != nil {
				return p.Store.List(ctx, s, q)
			}
			q.Metadata = store.Pair{}
			page, err := p.Store.List(ctx, s, q)
			page.Feedbacks = slices.DeleteFunc(page.Feedbacks, func(f store.Feedback) bool { return f.Metadata[name] == "" })
			return page, err
		}
	},
	"Erase miscounts": func(p *planted) {
		p.erase = func(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
			n, err := p.Store.Erase(ctx, s, f)
			return min(n, 3), err
		}
	},

	"Scopes include after": scopesListed(func(after store.Scope, scopes []store.Scope) []store.Scope {
		return slices.Insert(scopes, 0, after)
	}),
	"Scopes are reversed": scopesListed(func(_ store.Scope, scopes []store.Scope) []store.Scope {
		slices.Reverse(scopes)
		return scopes
	}),
	"Scopes leave out those without an account": scopesListed(func(_ store.Scope, scopes []store.Scope) []store.Scope {
		return slices.DeleteFunc(scopes, func(s store.Scope) bool { return s.Account == "" })
	}),
	"Scopes take any limit": func(p *planted) {
		p.scopes = func(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
			return p.Store.Scopes(ctx, after, min(limit, store.MaxLimit))
		}
	},
}

func listing(mend func(*store.Query)) func(*planted) {
	return func(p *planted) {
		p.list = func(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
			mend(&q)
			return p.Store.List(ctx, s, q)
		}
	}
}

func summing(mend func(*store.SummaryQuery)) func(*planted) {
	return func(p *planted) {
		p.summarize = func(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
			mend(&q)
			return p.Store.Summarize(ctx, s, q)
		}
	}
}

func summed(mend func(*store.Summary)) func(*planted) {
	return func(p *planted) {
		p.summarize = func(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
			sum, err := p.Store.Summarize(ctx, s, q)
			mend(&sum)
			return sum, err
		}
	}
}

func erasing(mend func(*store.Filter)) func(*planted) {
	return func(p *planted) {
		p.erase = func(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
			mend(&f)
			return p.Store.Erase(ctx, s, f)
		}
	}
}

func scopesListed(mend func(after store.Scope, scopes []store.Scope) []store.Scope) func(*planted) {
	return func(p *planted) {
		p.scopes = func(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
			scopes, err := p.Store.Scopes(ctx, after, limit)
			return mend(after, scopes), err
		}
	}
}

func later(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(time.Microsecond)
}

func local(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second)
}

func without(score *float64, value float64) *float64 {
	if score != nil && *score == value {
		return nil
	}
	return score
}

func withoutIf(drop bool, name string) string {
	if drop {
		return ""
	}
	return name
}

func nonzero(series []store.Point) []store.Point {
	return slices.DeleteFunc(series, func(p store.Point) bool { return p.Count == 0 })
}

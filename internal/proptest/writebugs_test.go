package proptest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// writeBugs are what Create, Put, Get and Delete of a store under development have
// had, or could well have.
var writeBugs = map[string]func(*planted){
	"Create ignores an existing Key": func(p *planted) {
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			first, err := p.Store.Create(ctx, f)
			if err == nil && first.ID != f.ID {
				f.Key = ""
				p.Store.Create(ctx, f)
			}
			return first, err
		}
	},
	"Create prefers the Key over the ID": func(p *planted) {
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			if f.Check() == nil && f.Key != "" {
				if first, err := p.Store.Get(ctx, f.Scope, store.Ref{Key: f.Key}); err == nil {
					return first, nil
				}
			}
			return p.Store.Create(ctx, f)
		}
	},
	"Create returns what it was given, not what is there": func(p *planted) {
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			_, err := p.Store.Create(ctx, f)
			return f.Normalize(), err
		}
	},
	"Create goes on after its context has ended": func(p *planted) {
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			p.Store.Create(context.WithoutCancel(ctx), f)
			return p.Store.Create(ctx, f)
		}
	},
	"Create shares the caller's tags": func(p *planted) {
		mine := map[store.Scope]map[string][]string{}
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			got, err := p.Store.Create(ctx, f)
			if err == nil && mine[f.Scope][f.ID] == nil && len(f.Tags) > 0 {
				mine[f.Scope] = map[string][]string{f.ID: f.Tags}
			}
			return got, err
		}
		p.get = func(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			got, err := p.Store.Get(ctx, s, r)
			if tags := mine[s][r.ID]; err == nil && tags != nil && len(tags) == len(got.Tags) {
				got.Tags = tags
			}
			return got, err
		}
	},
	"scores keep the sign of 0": func(p *planted) {
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			got, err := p.Store.Create(ctx, f)
			if f.Score == 0 && got.Score == 0 {
				got.Score = f.Score
			}
			return got, err
		}
	},
	"a score above 1 becomes 1": storing(func(f *store.Feedback) { f.Score = min(f.Score, 1) }),
	"scores are of 32 bits":     storing(func(f *store.Feedback) { f.Score = float64(float32(f.Score)) }),
	"text is trimmed":           storing(func(f *store.Feedback) { f.Text = strings.TrimSpace(f.Text) }),
	"tags are sorted":           storing(func(f *store.Feedback) { f.Tags = slices.Sorted(slices.Values(f.Tags)) }),
	"UpdatedAt is in milliseconds": storing(func(f *store.Feedback) {
		f.UpdatedAt = f.UpdatedAt.Truncate(time.Millisecond)
	}),
	"user ids are trimmed": storing(func(f *store.Feedback) {
		if f.Key == "" {
			f.UserID = strings.TrimRight(f.UserID, " ")
		}
	}),

	"Put keeps a stale note": replacing(func(f *store.Feedback, old store.Feedback) {
		if f.Text == "" {
			f.Text = old.Text
		}
	}),
	"Put keeps stale tags": replacing(func(f *store.Feedback, old store.Feedback) {
		if len(f.Tags) == 0 {
			f.Tags = old.Tags
		}
	}),
	"Put keeps stale metadata": replacing(func(f *store.Feedback, old store.Feedback) {
		if len(f.Metadata) == 0 {
			f.Metadata = old.Metadata
		}
	}),
	"Put keeps a stale correction": replacing(func(f *store.Feedback, old store.Feedback) {
		if f.Correction == "" {
			f.Correction = old.Correction
		}
	}),
	"Put keeps the stale score": replacing(func(f *store.Feedback, old store.Feedback) { f.Score = old.Score }),
	"Put does not say what it replaced": func(p *planted) {
		p.put = func(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, _, err := p.Store.Put(ctx, f)
			return now, nil, err
		}
	},
	"Put gives the vote a new ID": func(p *planted) {
		p.put = func(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			if f.CheckVote() == nil {
				p.Store.Delete(ctx, f.Scope, store.Ref{Key: f.Key})
			}
			return p.Store.Put(ctx, f)
		}
	},
	"Put takes the ID of another record": func(p *planted) {
		p.put = func(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if err != nil && strings.Contains(err.Error(), "taken") {
				p.Store.Delete(ctx, f.Scope, store.Ref{ID: f.ID})
				return p.Store.Put(ctx, f)
			}
			return now, before, err
		}
	},

	"Put leaves a review of another vote": replacing(func(stored *store.Feedback, before store.Feedback) { stored.Review = before.Review }),
	"Put drops a review":                  replacing(func(stored *store.Feedback, _ store.Feedback) { stored.Review = nil }),
	"Put stores the giver's review": func(p *planted) {
		p.put = func(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if err == nil && before == nil {
				stored := now
				stored.Review = f.Review
				p.Store.Replace(ctx, now, stored)
			}
			return now, before, err
		}
	},
	"Replace replaces whatever there is": func(p *planted) {
		p.replace = func(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
			if is, err := p.Store.Get(ctx, now.Scope, store.Ref{ID: now.ID}); err == nil && store.CheckReplace(was, now) == nil {
				was = is
			}
			return p.Store.Replace(ctx, was, now)
		}
	},
	"Replace sets the review alone": func(p *planted) {
		p.replace = func(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
			got, err := p.Store.Replace(ctx, was, now)
			if err == nil {
				stored := was
				stored.Review = now.Review
				p.Store.Replace(ctx, now, stored)
			}
			return got, err
		}
	},
	"Replace adds what is gone": func(p *planted) {
		p.replace = func(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
			got, err := p.Store.Replace(ctx, was, now)
			if errors.Is(err, store.ErrNotFound) {
				return p.Store.Create(ctx, now)
			}
			return got, err
		}
	},
	"Replace conflicts with itself": func(p *planted) {
		p.replace = func(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
			is, err := p.Store.Get(ctx, now.Scope, store.Ref{ID: now.ID})
			if err == nil && store.CheckReplace(was, now) == nil && !is.Equal(was) {
				return store.Feedback{}, store.ErrConflict
			}
			return p.Store.Replace(ctx, was, now)
		}
	},

	"Get ignores the scope": func(p *planted) {
		p.get = func(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			got, err := p.Store.Get(ctx, s, r)
			if !errors.Is(err, store.ErrNotFound) {
				return got, err
			}
			scopes, _ := p.Store.Scopes(ctx, store.Scope{}, store.MaxLimit)
			for _, other := range scopes {
				if got, err := p.Store.Get(ctx, other, r); err == nil && other.Assistant == s.Assistant {
					return got, nil
				}
			}
			return got, err
		}
	},
	"Get by ID and Key at once": func(p *planted) {
		p.get = func(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			if r.ID != "" {
				r.Key = ""
			}
			return p.Store.Get(ctx, s, r)
		}
	},
	"Delete by Key leaves the record": func(p *planted) {
		p.delete = func(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			if r.Key != "" {
				return p.Store.Get(ctx, s, r)
			}
			return p.Store.Delete(ctx, s, r)
		}
	},
	"Delete leaves the Key": func(p *planted) {
		gone := map[store.Scope]map[string]store.Feedback{}
		p.delete = func(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
			got, err := p.Store.Delete(ctx, s, r)
			if err == nil && got.Key != "" {
				gone[s] = map[string]store.Feedback{got.Key: got.Normalize()}
			}
			return got, err
		}
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			if old, ok := gone[f.Scope][f.Key]; ok && f.Check() == nil && ctx.Err() == nil {
				return old.Normalize(), nil
			}
			return p.Store.Create(ctx, f)
		}
	},
}

// storing plants a bug in what both Create and Put store.
func storing(mend func(*store.Feedback)) func(*planted) {
	return func(p *planted) {
		p.create = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			mend(&f)
			return p.Store.Create(ctx, f)
		}
		p.put = func(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			mend(&f)
			return p.Store.Put(ctx, f)
		}
	}
}

// replacing plants a bug in what Put stores, but not returns, when it replaces old.
func replacing(mend func(f *store.Feedback, old store.Feedback)) func(*planted) {
	return func(p *planted) {
		p.put = func(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
			now, before, err := p.Store.Put(ctx, f)
			if err == nil && before != nil {
				stored := now
				mend(&stored, *before)
				p.Store.Replace(ctx, now, stored)
			}
			return now, before, err
		}
	}
}

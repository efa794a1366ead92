package proptest

import (
	"context"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A planted store is a memory.Store, whose methods a bug may replace.
type planted struct {
	*memory.Store
	create    func(context.Context, store.Feedback) (store.Feedback, error)
	put       func(context.Context, store.Feedback) (store.Feedback, *store.Feedback, error)
	replace   func(ctx context.Context, was, now store.Feedback) (store.Feedback, error)
	get       func(context.Context, store.Scope, store.Ref) (store.Feedback, error)
	delete    func(context.Context, store.Scope, store.Ref) (store.Feedback, error)
	list      func(context.Context, store.Scope, store.Query) (store.Page, error)
	summarize func(context.Context, store.Scope, store.SummaryQuery) (store.Summary, error)
	erase     func(context.Context, store.Scope, store.Filter) (int64, error)
	scopes    func(context.Context, store.Scope, int) ([]store.Scope, error)
}

func plant(bug func(*planted)) *planted {
	m := memory.New()
	p := &planted{m, m.Create, m.Put, m.Replace, m.Get, m.Delete, m.List, m.Summarize, m.Erase, m.Scopes}
	bug(p)
	return p
}

func (p *planted) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	return p.create(ctx, f)
}

func (p *planted) Put(ctx context.Context, f store.Feedback) (store.Feedback, *store.Feedback, error) {
	return p.put(ctx, f)
}

func (p *planted) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	return p.replace(ctx, was, now)
}

func (p *planted) Get(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	return p.get(ctx, s, r)
}

func (p *planted) Delete(ctx context.Context, s store.Scope, r store.Ref) (store.Feedback, error) {
	return p.delete(ctx, s, r)
}

func (p *planted) List(ctx context.Context, s store.Scope, q store.Query) (store.Page, error) {
	return p.list(ctx, s, q)
}

func (p *planted) Summarize(ctx context.Context, s store.Scope, q store.SummaryQuery) (store.Summary, error) {
	return p.summarize(ctx, s, q)
}

func (p *planted) Erase(ctx context.Context, s store.Scope, f store.Filter) (int64, error) {
	return p.erase(ctx, s, f)
}

func (p *planted) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	return p.scopes(ctx, after, limit)
}

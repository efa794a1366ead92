package storetest

import (
	"context"
	"sync/atomic"

	"github.com/humanfeedback/feedbacks/store"
)

// Instances returns a store whose calls go to the given ones in turn: several
// instances on one database, which the contract has behave as one. A backend that
// several processes may share passes the suites with it as well.
func Instances(stores ...store.Store) store.Store { return &instances{stores: stores} }

type instances struct {
	stores []store.Store
	calls  atomic.Uint64
}

func (s *instances) next() store.Store { return s.stores[s.calls.Add(1)%uint64(len(s.stores))] }

func (s *instances) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	return s.next().Create(ctx, f)
}

func (s *instances) Put(ctx context.Context, f store.Feedback) (now store.Feedback, before *store.Feedback, err error) {
	return s.next().Put(ctx, f)
}

func (s *instances) Replace(ctx context.Context, was, now store.Feedback) (store.Feedback, error) {
	return s.next().Replace(ctx, was, now)
}

func (s *instances) Get(ctx context.Context, scope store.Scope, r store.Ref) (store.Feedback, error) {
	return s.next().Get(ctx, scope, r)
}

func (s *instances) Delete(ctx context.Context, scope store.Scope, r store.Ref) (store.Feedback, error) {
	return s.next().Delete(ctx, scope, r)
}

func (s *instances) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	return s.next().List(ctx, scope, q)
}

func (s *instances) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	return s.next().Summarize(ctx, scope, q)
}

func (s *instances) Erase(ctx context.Context, scope store.Scope, f store.Filter) (int64, error) {
	return s.next().Erase(ctx, scope, f)
}

func (s *instances) Scopes(ctx context.Context, after store.Scope, limit int) ([]store.Scope, error) {
	return s.next().Scopes(ctx, after, limit)
}

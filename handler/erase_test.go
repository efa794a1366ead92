package handler_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// An erasure is what OnErase was told.
type erasure struct {
	who   string
	scope store.Scope
	f     store.Filter
	n     int64
}

func TestOnErase(t *testing.T) {
	var told []erasure
	var failed error
	ctx, cancel := context.WithCancel(t.Context())
	opts := quiet()
	opts.OnErase = func(ctx context.Context, p handler.Principal, s store.Scope, f store.Filter, n int64, err error) {
		cancel() // the client leaves
		if ctx.Err() != nil {
			t.Error("OnErase's context ends with the request")
		}
		told, failed = append(told, erasure{p.Account, s, f, n}), err
		panic("a bug in the hook")
	}
	st := memory.New()
	fill(t, st, 3)
	a := serve(t, handler.New(st, opts))
	scope := store.Scope{Account: accountA, Assistant: "aia_asst_1"}
	if ans := a.do("DELETE", feedbacks+"?SessionId=demo", ""); ans.status != 200 || ans.body != `{"deleted":3}` {
		t.Errorf("%d %s", ans.status, ans.body)
	}
	a.do("DELETE", feedbacks+"?UserId=nobody", "")
	if want := []erasure{{accountA, scope, store.Filter{SessionID: "demo"}, 3}, {accountA, scope, store.Filter{UserID: "nobody"}, 0}}; !reflect.DeepEqual(told, want) || failed != nil {
		t.Errorf("OnErase was told %+v, %v, want %+v", told, failed, want)
	}

	// One person's data is told of once, without an assistant: it is in all of them.
	told = nil
	for _, assistant := range []string{"a", "b", "c"} {
		if _, err := st.Create(t.Context(), record(accountA, noon, func(f *store.Feedback) { f.Scope.Assistant, f.UserID = assistant, "ann" })); err != nil {
			t.Fatal(err)
		}
	}
	a.do("DELETE", ofPerson+"?UserId=ann", "")
	a.do("GET", ofPerson+"?UserId=ann", "")
	account := store.Scope{Account: accountA}
	if want := []erasure{{accountA, account, store.Filter{UserID: "ann"}, 3}}; !reflect.DeepEqual(told, want) || failed != nil {
		t.Errorf("OnErase was told %+v, %v, want %+v", told, failed, want)
	}

	// What is refused erases nothing.
	told = nil
	a.do("DELETE", feedbacks, "")
	a.do("DELETE", feedbacks+"?UserId=", "")
	a.as(accountA, "wrong").do("DELETE", feedbacks+"?UserId=ann", "")
	a.do("DELETE", ofPerson, "")
	a.do("DELETE", ofPerson+"?UserId=ann&Tag=x", "")
	if told != nil {
		t.Errorf("OnErase was told %+v of what was refused", told)
	}

	// What fails is told, with what went until then.
	cause := fmt.Errorf("after a chunk: %w", store.ErrUnavailable)
	r := httptest.NewRequestWithContext(ctx, "DELETE", feedbacks+"?UserId=ann", nil)
	r.SetBasicAuth(accountA, tokenA)
	ask(t, handler.New(failingStore{fail: func() error { return cause }}, opts), r, 503)
	if want := []erasure{{accountA, scope, store.Filter{UserID: "ann"}, 7}}; !reflect.DeepEqual(told, want) || !errors.Is(failed, cause) {
		t.Errorf("OnErase was told %+v, %v, want %+v and the cause", told, failed, want)
	}

	told = nil
	st = memory.New()
	fill(t, st, 1)
	r = httptest.NewRequest("DELETE", ofPerson+"?UserId=ann", nil)
	r.SetBasicAuth(accountA, tokenA)
	ask(t, handler.New(halfErased{st, cause}, opts), r, 503)
	if want := []erasure{{accountA, account, store.Filter{UserID: "ann"}, 7}}; !reflect.DeepEqual(told, want) || !errors.Is(failed, cause) {
		t.Errorf("OnErase was told %+v, %v, want %+v and the cause", told, failed, want)
	}
}

// A half-erased store breaks off an erasure, and does all else.
type halfErased struct {
	store.Store
	err error
}

func (s halfErased) Erase(context.Context, store.Scope, store.Filter) (int64, error) {
	return 7, s.err
}

package proptest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
)

// both makes a call of the store and of the model, and asserts that both fail
// alike or not at all; ok is that they did not. What a test fails with names no
// ids or scopes: only the log does.
func both[T any](t *rapid.T, s *sequence, call string, args []any, do func(store.Store) (T, error)) (got, want T, ok bool) {
	t.Helper()
	got, err := do(s.store)
	want, wantErr := do(s.model)
	t.Logf("%s%v = %v, %v", call, shown{args}, shown{got}, err)
	if !alike(err, wantErr) {
		t.Logf("want %v, %v", shown{want}, wantErr)
		t.Fatalf("%s: wrong error", call)
	}
	return got, want, err == nil
}

// step is both for results that must be the same. It returns the store's.
func step[T any](t *rapid.T, s *sequence, call string, args []any, do func(store.Store) (T, error)) (got T, ok bool) {
	t.Helper()
	got, want, ok := both(t, s, call, args, do)
	if ok {
		same(t, call, got, want)
	}
	return got, ok
}

// same asserts that two results look the same, down to the sign of 0 and to what
// is nil.
func same(t *rapid.T, call string, got, want any) {
	t.Helper()
	if g, w := (shown{got}).String(), (shown{want}).String(); g != w {
		t.Logf("%s returned\n%s\nwant\n%s", call, g, w)
		t.Fatalf("%s: wrong result", call)
	}
}

// shown is a value in full, with what its pointers point to.
type shown struct{ value any }

func (s shown) String() string {
	b, err := json.Marshal(s.value)
	if err != nil { // NaN, or a year beyond 9999
		return fmt.Sprintf("%+v", s.value)
	}
	return string(b)
}

// alike reports whether a store's error is what the contract asks for, given the
// model's.
func alike(got, want error) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	gotField, ok1 := errors.AsType[*store.FieldError](got)
	wantField, ok2 := errors.AsType[*store.FieldError](want)
	if ok1 && ok2 {
		return *gotField == *wantField
	}
	for _, class := range []error{store.ErrInvalid, store.ErrNotFound, store.ErrConflict, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(want, class) {
			return errors.Is(got, class)
		}
	}
	return false
}

// overwrite changes the memory of records that went into a store or came out of
// it, which it must not share.
func overwrite(fs ...store.Feedback) {
	for _, f := range fs {
		for i := range f.Tags {
			f.Tags[i] = "overwritten"
		}
		for name := range f.Metadata {
			f.Metadata[name] = "overwritten"
		}
		if f.Review != nil {
			f.Review.Note = "overwritten"
		}
	}
}

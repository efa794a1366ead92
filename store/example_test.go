package store_test

import (
	"context"
	"fmt"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

var (
	ctx   = context.Background()
	scope = store.Scope{Account: "AC0123", Assistant: "aia_asst_1"}
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func ExampleStore_create() {
	var st store.Store = memory.New()
	f, err := st.Create(ctx, store.Feedback{
		Scope:     scope,
		ID:        store.NewID(noon),
		SessionID: "demo",
		Score:     1,
		Text:      "problem resolved",
	})
	fmt.Println(f.CreatedAt(), f.Text, err)
	// Output: 2026-11-22 12:00:00 +0000 UTC problem resolved <nil>
}

// A person's second vote on a message replaces the first.
func ExampleVoteKey() {
	st := memory.New()
	for i, score := range []float64{0, 1} {
		now, before, _ := st.Put(ctx, store.Feedback{
			Scope:     scope,
			ID:        store.NewID(noon.Add(time.Duration(i) * time.Minute)),
			Key:       store.VoteKey("demo", "m1", "ann"),
			SessionID: "demo",
			MessageID: "m1",
			UserID:    "ann",
			Score:     score,
		})
		fmt.Println("score", now.Score, "replaced something:", before != nil)
	}
	page, _ := st.List(ctx, scope, store.Query{Limit: 10})
	fmt.Println(len(page.Feedbacks), "record")
	// Output:
	// score 0 replaced something: false
	// score 1 replaced something: true
	// 1 record
}

func ExampleAll() {
	st := memory.New()
	for i, text := range []string{"first", "second", "third"} {
		at := noon.Add(time.Duration(i) * time.Second)
		st.Create(ctx, store.Feedback{Scope: scope, ID: store.NewID(at), SessionID: "demo", Text: text})
	}
	bad := store.Filter{MaxScore: new(0.5)}
	for f, err := range store.All(ctx, st, scope, store.Query{Filter: bad}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.CreatedAt().Format(time.TimeOnly), f.Text)
	}
	// Output:
	// 12:00:02 third
	// 12:00:01 second
	// 12:00:00 first
}

func ExampleStore_summarize() {
	st := memory.New()
	for i, score := range []float64{1, 1, 0.25} {
		at := noon.AddDate(0, 0, i)
		st.Create(ctx, store.Feedback{Scope: scope, ID: store.NewID(at), SessionID: "demo", Score: score})
	}
	sum, _ := st.Summarize(ctx, scope, store.SummaryQuery{Interval: store.Day})
	fmt.Println(sum.Count, *sum.MeanScore, sum.Positive, sum.Negative)
	for _, p := range sum.Series {
		fmt.Println(p.Start.Format(time.DateOnly), p.Count, *p.MeanScore)
	}
	// Output:
	// 3 0.75 2 1
	// 2026-11-22 1 1
	// 2026-11-23 1 1
	// 2026-11-24 1 0.25
}

func ExampleNewID() {
	first := store.NewID(noon)
	second := store.NewID(noon.Add(time.Microsecond))
	fmt.Println(first[:9], len(first), first < second)
	// Output: aia_fdbk_ 45 true
}

func ExampleIDTime() {
	at, err := store.IDTime("aia_fdbk_019aab6a-2c00-7000-8000-000000000000")
	fmt.Println(at, err)
	_, err = store.IDTime("feedback 1")
	fmt.Println(err)
	// Output:
	// 2025-11-22 11:54:13.376 +0000 UTC <nil>
	// id must be aia_fdbk_ and a UUIDv7, got "feedback 1"
}

// MinID bounds the ids of a span of time.
func ExampleMinID() {
	id := store.NewID(noon)
	fmt.Println(id >= store.MinID(noon), id < store.MinID(noon.Add(time.Microsecond)))
	// Output: true true
}

func ExampleCheckID() {
	fmt.Println(store.CheckID("session_id", "demo/1"))
	fmt.Println(store.CheckID("session_id", ""))
	// Output:
	// <nil>
	// session_id is required
}

func ExampleCheckLimit() {
	fmt.Println(store.CheckLimit(1001))
	// Output: Limit must be between 1 and 1000, got 1001
}

// Two visitors may use the same key.
func ExampleIdempotencyKey() {
	first := store.IdempotencyKey("retry-1", "ann")
	fmt.Println(first == store.IdempotencyKey("retry-1", "bob"))
	// Output: false
}

func ExampleMicros() {
	fmt.Println(store.Micros(1), store.Micros(1.0/3))
	// Output: 1000000 333333
}

func ExampleFeedback_Check() {
	f := store.Feedback{Scope: scope, ID: store.NewID(noon), SessionID: "demo", Score: 1.5}
	fmt.Println(f.Check())
	// Output: score must be between 0 and 1, got 1.5
}

// Erasing one person's feedback across all assistants of an account.
func ExampleStore_scopes() {
	st := memory.New()
	for _, assistant := range []string{"one", "two"} {
		st.Create(ctx, store.Feedback{Scope: store.Scope{Account: "AC0123", Assistant: assistant}, ID: store.NewID(noon), SessionID: "demo", UserID: "ann"})
	}
	after := store.Scope{Account: "AC0123"} // sorts before all of the account's
	for {
		scopes, err := st.Scopes(ctx, after, store.MaxLimit)
		if err != nil || len(scopes) == 0 {
			break
		}
		for _, s := range scopes {
			if s.Account == "AC0123" {
				n, err := st.Erase(ctx, s, store.Filter{UserID: "ann"})
				fmt.Println(s.Assistant, n, err)
			}
		}
		after = scopes[len(scopes)-1]
	}
	// Output:
	// one 1 <nil>
	// two 1 <nil>
}

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
	sum, _ := st.Summarize(ctx, scope, store.Filter{}, store.Day)
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

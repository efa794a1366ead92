package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func ExampleNew() {
	ctx := context.Background()
	st := memory.New()
	scope := store.Scope{Assistant: "aia_asst_1"}
	if _, err := st.Create(ctx, store.Feedback{Scope: scope, ID: store.NewID(time.Now()), SessionID: "demo", Score: 1}); err != nil {
		fmt.Println(err)
		return
	}
	page, err := st.List(ctx, scope, store.Query{Limit: 10})
	fmt.Println(len(page.Feedbacks), err)
	// Output: 1 <nil>
}

package faults

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

const (
	backlog = 64  // Options.Backlog
	crowd   = 400 // clients at once, far more
)

// A doorman counts the calls that the store turns away at once.
type doorman struct {
	store.Store
	turnedAway atomic.Int64
}

func (d *doorman) Create(ctx context.Context, f store.Feedback) (store.Feedback, error) {
	start := time.Now()
	f, err := d.Store.Create(ctx, f)
	if err != nil && time.Since(start) < deadline/2 {
		d.turnedAway.Add(1)
	}
	return f, err
}

// overload has a crowd write at once while the servers stand still, and returns
// how many were turned away. The others get their 503 in time too, and the service
// is back when the servers are.
func overload(t *testing.T, s *servers, st store.Store) int64 {
	t.Helper()
	if s.kind == "memory" {
		return 0 // nothing waits
	}
	door := &doorman{Store: st}
	base, stop := serve(t, door)
	defer stop()
	a := newAPI(base)
	defer a.client.CloseIdleConnections()
	create := func() reply {
		body := feedback{SessionID: "crowd", Text: "one of a crowd"}
		return a.call(t.Context(), "POST", "/v1/Assistants/aia_asst_spell_0/Feedbacks", nil, nil, body)
	}
	if r := create(); r.status != http.StatusCreated {
		t.Errorf("before overload: %d, %v", r.status, r.err)
	}
	s.stall()
	var wg sync.WaitGroup
	for range crowd {
		wg.Go(func() {
			if r := create(); r.status != http.StatusServiceUnavailable || r.retryAfter == "" || r.took > 5*deadline {
				t.Errorf("overload: %d, Retry-After %q, after %v, %v", r.status, r.retryAfter, r.took, r.err)
			}
		})
	}
	wg.Wait()
	s.goOn()
	if n := door.turnedAway.Load(); n < crowd/2 {
		t.Errorf("%d of %d were turned away at once", n, crowd)
	}
	for end := time.Now().Add(takenOverIn); create().status != http.StatusCreated; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the service is not back after overload")
		}
	}
	return door.turnedAway.Load()
}

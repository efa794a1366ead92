package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// parseRetention parses days, like 90d, or a duration of Go's, like 36h. "" is 0,
// for ever.
func parseRetention(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	keep, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int64
		const most = math.MaxInt64 / int64(24*time.Hour)
		if n, err = strconv.ParseInt(days, 10, 64); n > most {
			err = strconv.ErrRange
		}
		keep = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || keep <= 0 {
		return 0, fmt.Errorf("-retention must be days like 90d or a duration like 36h, got %q", s)
	}
	return keep, nil
}

// retain erases what is older than keep, now and then once an hour, until ctx
// ends. Several servers on one store may do so at once.
func retain(ctx context.Context, st store.Store, keep time.Duration, log *slog.Logger) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		before := time.Now().Add(-keep)
		erased, err := eraseBefore(ctx, st, before)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // what is left goes next time
			log.Error("retention failed", "erased", erased, "created_before", before, "error", err)
		default:
			log.Info("retention", "erased", erased, "created_before", before)
		}
		select {
		case <-hourly.C:
		case <-ctx.Done():
			return
		}
	}
}

// eraseBefore erases what was created before a time, in every scope. It goes on
// where one fails, and returns the first error.
func eraseBefore(ctx context.Context, st store.Store, before time.Time) (erased int64, failed error) {
	var last store.Scope // before all others
	for {
		scopes, err := st.Scopes(ctx, last, store.MaxLimit)
		if err != nil || len(scopes) == 0 {
			return erased, cmp.Or(failed, err)
		}
		for _, s := range scopes {
			n, err := st.Erase(ctx, s, store.Filter{CreatedBefore: before})
			erased += n
			failed = cmp.Or(failed, err)
		}
		last = scopes[len(scopes)-1]
	}
}

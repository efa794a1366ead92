package console

import (
	"context"
	"errors"
	"time"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/answers"
	"github.com/humanfeedback/feedbacks/store"
)

// How long the store may take for a page of statistics that has to scan, and the
// host for its answers: they are not what was asked for.
const (
	scanPatience   = 4 * time.Second
	answerPatience = time.Second
)

// errTooMany is a scan that takes too long.
var errTooMany = errors.New("console: too many records to summarise in time")

// timely reads what a page of statistics shows, within the time that q may take;
// errTooMany says that q scans, and that this was too short.
func (v *visit) timely(q store.SummaryQuery, read func(context.Context) error) error {
	scans, limit := !q.FromRollups() || q.Location != nil, patience
	if scans {
		limit = scanPatience
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), limit)
	defer cancel()
	err := read(ctx)
	if err != nil && scans && errors.Is(ctx.Err(), context.DeadlineExceeded) && v.r.Context().Err() == nil {
		return errTooMany
	}
	return err
}

// answers returns how many answers there are to what q selects, nil where that is
// not known.
func (v *visit) answers(ctx context.Context, s *selection, q store.SummaryQuery) map[string]int64 {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	counts, err := answers.Count(ctx, v.opts.Answers, s.scope(v), q)
	if err != nil && !answer.Left(v.r) {
		v.Log("Answers", "error", err)
	}
	return counts
}

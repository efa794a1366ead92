package postgres

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/sqlfilter"
	"github.com/humanfeedback/feedbacks/store"
)

// Ahead has a store take the server's clock to be ahead of what it is, as it is to who
// knows that of another server.
func Ahead(s *Store, d time.Duration) {
	now := time.Now()
	s.clock.Observe(now, now, s.clock.At(now).Add(d), 0)
}

// ReplaceSince is one try of a Replace that began at a time.
func ReplaceSince(ctx context.Context, s *Store, was, now store.Feedback, begun time.Time) error {
	r := replacement{aWrite: newWrite(ctx, now.Normalize()), was: was.Normalize()}
	r.begun = begun
	return s.tryReplace(ctx, &r)
}

// ErrInTheWay is what a try ends in that something newer is in the way of.
var ErrInTheWay = errInTheWay

// RebuildLock is the lock that a Rebuild takes.
const RebuildLock int64 = rebuildLock

// MigrateWith is Migrate with the files of another version.
func MigrateWith(ctx context.Context, db DB, opts *Options, files fs.FS) error {
	return migrator{files, opts.withDefaults().Schema}.run(ctx, db)
}

// Forget has the store not know a condition.
func Forget(t testing.TB, c sqlfilter.Comparison) {
	template := sqlfilter.PostgreSQL.Conditions[c]
	delete(sqlfilter.PostgreSQL.Conditions, c)
	t.Cleanup(func() { sqlfilter.PostgreSQL.Conditions[c] = template })
}

// FoldOften has every writer fold, a few deltas at a time.
func FoldOften(t testing.TB) {
	n, after, most := foldRecords, foldAfter, foldMost
	foldRecords, foldAfter, foldMost = 1, 0, 30
	t.Cleanup(func() { foldRecords, foldAfter, foldMost = n, after, most })
}

// RememberLittle has stores know few tags.
func RememberLittle(t testing.TB) {
	n := maxRemembered
	maxRemembered = 150
	t.Cleanup(func() { maxRemembered = n })
}

// ForgetSoon has no day be taken to be closed for longer than its batch.
func ForgetSoon(t testing.TB) {
	d := closedFor
	closedFor = 0
	t.Cleanup(func() { closedFor = d })
}

// SmallWindows has lists and erasures go through a few records at a time.
func SmallWindows(t testing.TB) {
	w, c := window, chunk
	window, chunk = 5, 3
	t.Cleanup(func() { window, chunk = w, c })
}

// FoldMost has a fold take about so many deltas.
func FoldMost(t testing.TB, n int) {
	most := foldMost
	foldMost = n
	t.Cleanup(func() { foldMost = most })
}

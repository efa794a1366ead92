package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/store"
)

// A briefT is the test of one case. One cause fails many assertions, of which each
// may show records of 200 kB: it prints the first of them, and of these the start.
type briefT struct {
	*testing.T
	failures atomic.Int32
}

// What a case prints at most.
const (
	maxFailures    = 4
	maxFailureSize = 1000 // bytes
)

// Errorf implements [testing.TB].
func (t *briefT) Errorf(format string, args ...any) {
	t.T.Helper()
	switch n := t.failures.Add(1); {
	case n < maxFailures:
		t.T.Error(clip(fmt.Sprintf(format, args...)))
	case n == maxFailures:
		t.T.Error(clip(fmt.Sprintf(format, args...)) + "\nand what comes after that")
	default:
		t.T.Fail()
	}
}

// Error implements [testing.TB].
func (t *briefT) Error(args ...any) {
	t.T.Helper()
	t.Errorf("%s", fmt.Sprintln(args...))
}

// Fatalf implements [testing.TB].
func (t *briefT) Fatalf(format string, args ...any) {
	t.T.Helper()
	t.Errorf(format, args...)
	t.T.FailNow()
}

// Fatal implements [testing.TB].
func (t *briefT) Fatal(args ...any) {
	t.T.Helper()
	t.Error(args...)
	t.T.FailNow()
}

func clip(s string) string { return clipTo(s, maxFailureSize) }

func clipTo(s string, most int) string {
	s = strings.TrimRight(s, "\n")
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s[max(0, len(s)-4):]) && len(s) > most-4 {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// difference says in which fields two records differ, "" if in none.
func difference(got, want store.Feedback) string {
	var all []string
	add := func(field string, differ bool, got, want any) {
		if differ {
			all = append(all, fmt.Sprintf("%s is %s, want %s", field, brief(got), brief(want)))
		}
	}
	add("Scope", got.Scope != want.Scope, got.Scope, want.Scope)
	add("ID", got.ID != want.ID, got.ID, want.ID)
	add("Key", got.Key != want.Key, got.Key, want.Key)
	add("SessionID", got.SessionID != want.SessionID, got.SessionID, want.SessionID)
	add("MessageID", got.MessageID != want.MessageID, got.MessageID, want.MessageID)
	add("UserID", got.UserID != want.UserID, got.UserID, want.UserID)
	add("Score", got.Score != want.Score, got.Score, want.Score)
	add("Text", got.Text != want.Text, got.Text, want.Text)
	add("Tags", !slices.Equal(got.Tags, want.Tags) || got.Tags == nil != (want.Tags == nil), got.Tags, want.Tags)
	add("Metadata", !maps.Equal(got.Metadata, want.Metadata) || got.Metadata == nil != (want.Metadata == nil), got.Metadata, want.Metadata)
	add("Correction", got.Correction != want.Correction, got.Correction, want.Correction)
	add("Stamped", !slices.Equal(got.Stamped.Tags, want.Stamped.Tags) || !slices.Equal(got.Stamped.Metadata, want.Stamped.Metadata), got.Stamped, want.Stamped)
	add("Review", (got.Review == nil) != (want.Review == nil) || got.Review != nil && *got.Review != *want.Review, reviewOf(got), reviewOf(want))
	add("UpdatedAt", !got.UpdatedAt.Equal(want.UpdatedAt) || got.UpdatedAt.Location() != time.UTC, got.UpdatedAt, want.UpdatedAt)
	if len(all) == 0 && !got.Equal(want) {
		return "it differs in a field that the suite does not show"
	}
	return strings.Join(all, "; ")
}

// reviewOf is a record's review, to be shown.
func reviewOf(f store.Feedback) any {
	if f.Review == nil {
		return "none"
	}
	return *f.Review
}

func brief(v any) string { return clipTo(fmt.Sprintf("%#v", v), 120) }

// listDifference says where two lists of records differ first, and how, "" if they
// do not.
func listDifference(got, want []store.Feedback) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i == len(got):
			return fmt.Sprintf("%d records, want %d: it ends before %s", len(got), len(want), name(want[i]))
		case i == len(want):
			return fmt.Sprintf("%d records, want %d: at its end comes %s", len(got), len(want), name(got[i]))
		case got[i].ID != want[i].ID:
			return fmt.Sprintf("%d records, want %d: number %d is %s, want %s", len(got), len(want), i, name(got[i]), name(want[i]))
		}
		if d := difference(got[i], want[i]); d != "" {
			return fmt.Sprintf("%d records, want %d: of number %d, %s, %s", len(got), len(want), i, name(got[i]), d)
		}
	}
	return ""
}

// selecting tells what a filter selects.
func selecting(f store.Filter) string {
	var all []string
	for _, c := range f.Conditions() {
		all = append(all, fmt.Sprintf("%s %s", c, brief(c.Value)))
	}
	if all == nil {
		return "everything"
	}
	return strings.Join(all, " and ")
}

// name tells which record is meant.
func name(f store.Feedback) string {
	return fmt.Sprintf("%s (created %s, score %v)", f.ID, f.CreatedAt().Format("2006-01-02T15:04:05.999999"), f.Score)
}

// lineDifference returns the lines of got that want has not in their places, and
// those of want, as far as they are few.
func lineDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	at := 0
	for at < len(g) && at < len(w) && g[at] == w[at] {
		at++
	}
	line := func(lines []string) string {
		if at >= len(lines) {
			return "nothing more"
		}
		return clipTo(lines[at], 400)
	}
	return fmt.Sprintf("of %d lines, number %d is\n%s\nwant, of %d,\n%s", len(g), at, line(g), len(w), line(w))
}

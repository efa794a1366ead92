package console_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestTheResponseRateIsBesideEachShare(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 4, 8)
	rate(t, st, 0, "p:b", 6, 8)
	var asked string
	opts := options()
	opts.Answers = func(_ context.Context, s store.Scope, from, to time.Time, prefix string) (map[string]int64, error) {
		asked += fmt.Sprintf("%s %s %s-%s %s", s.Account, s.Assistant, from.Format(time.DateOnly), to.Format(time.DateOnly), prefix)
		return map[string]int64{"": 64, "p:a": 4}, nil
	}
	b := browse(t, console.New(st, opts))
	during := []string{"DateCreatedAfter", "2026-11-01", "DateCreatedBefore", "2026-12-01"}
	for _, test := range []struct{ path, prefix, text string }{
		{at("feedback", during...), "", "Positive 62.5% Response rate 25%"},
		{at("summary", during...), "", "Positive 62.5% Response rate 25%"},
		{at("summary", append(during, "Tag", "p:a")...), "p:a", "Positive 50% Response rate 200%"},
		{at("compare", append(during, "Compare", "p:")...), "p:", "p:a 50% 21.5% to 78.5% 8 200% 8 62.5% 20 Nov 2026 to 22 Nov 2026 p:b 75% 40.9% to 92.9% 8 – 8"},
	} {
		asked = ""
		b.is(200, test.path, test.text)
		if want := fmt.Sprintf("%s %s 2026-11-01-2026-12-01 %s", accountA, assistant, test.prefix); asked != want {
			t.Errorf("%s asks %q, want %q", test.path, asked, want)
		}
	}
	// Of answers nobody knows which user they were given to, or with which note.
	for _, path := range []string{at("summary", "UserId", "user 1"), at("compare", "Compare", "p:", "HasText", "false"), at("compare", "Compare", "p:", "Tag", "p:a"), at("summary", "Tag", "p:b")} {
		if p := b.is(200, path); strings.Contains(p.text(), "Response rate") {
			t.Errorf("%s has a response rate", path)
		}
	}
}

func TestAnswersThatFail(t *testing.T) {
	st := memory.New()
	rate(t, st, 0, "p:a", 4, 8)
	for name, answers := range map[string]func(context.Context) error{
		"an error": func(context.Context) error { return errors.New("out of reach") },
		"slow":     func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		for _, path := range []string{at("feedback"), at("summary"), at("compare", "Compare", "p:")} {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				opts := options()
				opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
				opts.Answers = func(ctx context.Context, _ store.Scope, _, _ time.Time, _ string) (map[string]int64, error) {
					return map[string]int64{"": 8}, answers(ctx)
				}
				status, text, took := showWith(st, opts, path)
				if status != 200 || !strings.Contains(text, "50%") || strings.Contains(text, "Response rate") || took > 2*time.Second {
					t.Errorf("%s, %s: %d after %v: %s", name, path, status, took, text)
				}
				if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "Answers") {
					t.Errorf("%s, %s: the log has %s", name, path, &log)
				}
			})
		}
	}
}

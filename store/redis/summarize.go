package redis

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
)

// Summarize implements [store.Store].
func (s *Store) Summarize(ctx context.Context, scope store.Scope, q store.SummaryQuery) (store.Summary, error) {
	if err := begin(ctx, scope.Check(), q.Check()); err != nil {
		return store.Summary{}, err
	}
	return summing.Summarize(ctx, s, scope, q, func(b *summing.Builder) error {
		return s.sum(ctx, s.base(scope), b)
	})
}

const secondsPerDay = 24 * 60 * 60

// sum hands the rollups that b asks for to b.
func (s *Store) sum(ctx context.Context, base string, b *summing.Builder) error {
	from, to := "-inf", "+inf"
	if !b.From.IsZero() {
		from = strconv.FormatInt(b.From.Unix()/secondsPerDay, 10)
	}
	if !b.To.IsZero() {
		to = "(" + strconv.FormatInt(b.To.Unix()/secondsPerDay, 10)
	}
	for {
		args := []any{base, from, to}
		if b.Tag != "" {
			args = append(args, b.Tag)
		}
		reply, err := scriptOnMaster(ctx, s, base, func(ctx context.Context, master goredis.UniversalClient) ([]any, error) {
			return rollupsScript.Run(ctx, master, []string{base + daysKey}, args...).Slice()
		})
		if err != nil {
			return err
		}
		for ; len(reply) >= 2; reply = reply[2:] {
			name, _ := reply[0].(string)
			rollups, _ := reply[1].(string)
			if err := addDay(b, name, rollups); err != nil {
				return err
			}
			from = "(" + name
		}
		if len(reply) == 1 {
			return nil
		}
	}
}

// addDay hands the rollups of a day to b: tags and rollups in turn, with NUL
// between them, which no tag holds.
func addDay(b *summing.Builder, name, rollups string) error {
	n, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return errRollup
	}
	day := time.Unix(n*secondsPerDay, 0).UTC()
	for rest, more := rollups, rollups != ""; more; {
		var tag, value string
		tag, rest, _ = strings.Cut(rest, "\x00")
		value, rest, more = strings.Cut(rest, "\x00")
		t, err := decodeTally(value)
		if err != nil {
			return err
		}
		b.Add(summing.Rollup{Tag: tag, First: day, Last: day, Tally: t})
	}
	return nil
}

var errRollup = errors.New("redis: corrupt rollup: Rebuild mends it")

// decodeTally reads a rollup as lua/count.lua writes it. A summary may read tens of
// thousands.
func decodeTally(value string) (t store.Tally, err error) {
	fields := [16]*int64{&t.Count, &t.Sum, &t.Positive, &t.Negative, &t.WithText, 15: &t.Uncounted}
	for i := range t.Histogram {
		fields[5+i] = &t.Histogram[i]
	}
	for last := -1; value != ""; {
		at, end := int(value[0])-'a', 1
		for end < len(value) && value[end] < 'a' {
			end++
		}
		if at <= last || at >= len(fields) {
			return store.Tally{}, errRollup
		}
		if *fields[at], err = strconv.ParseInt(value[1:end], 10, 64); err != nil {
			return store.Tally{}, errRollup
		}
		last, value = at, value[end:]
	}
	if t.Count == 0 {
		return store.Tally{}, errRollup
	}
	return t, nil
}

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
	if err := s.begin(ctx, scope.Check(), q.Check()); err != nil {
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
			tallies, _ := reply[1].([]any)
			day, err := strconv.ParseInt(name, 10, 64)
			if err != nil || len(tallies)%2 != 0 {
				return errRollup
			}
			at := time.Unix(day*secondsPerDay, 0).UTC()
			for ; len(tallies) > 0; tallies = tallies[2:] {
				tag, _ := tallies[0].(string)
				value, _ := tallies[1].(string)
				t, err := decodeTally(value)
				if err != nil {
					return err
				}
				b.Add(summing.Rollup{Tag: tag, First: at, Last: at, Tally: t})
			}
			from = "(" + name
		}
		if len(reply) == 1 {
			return nil
		}
	}
}

var errRollup = errors.New("redis: corrupt rollup: Rebuild mends it")

// decodeTally reads a rollup as lua/common.lua writes it: 15 decimal numbers.
func decodeTally(value string) (t store.Tally, err error) {
	fields := []*int64{&t.Count, &t.Sum, &t.Positive, &t.Negative, &t.WithText}
	for i := range t.Histogram {
		fields = append(fields, &t.Histogram[i])
	}
	for i, field := range fields {
		number, rest, more := strings.Cut(value, " ")
		if *field, err = strconv.ParseInt(number, 10, 64); err != nil || more == (i == len(fields)-1) {
			return store.Tally{}, errRollup
		}
		value = rest
	}
	return t, nil
}

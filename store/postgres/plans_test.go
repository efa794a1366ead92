package postgres_test

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// A listener keeps the last statement of a kind.
type listener struct {
	of   string // what it says
	sql  string
	args []any
}

func (l *listener) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, l.of) && !strings.HasPrefix(q.SQL, "EXPLAIN") {
		l.sql, l.args = q.SQL, q.Args
		if len(l.args) > 0 && reflect.TypeOf(l.args[0]) == reflect.TypeFor[pgx.QueryExecMode]() {
			l.args = l.args[1:]
		}
	}
	return ctx
}

func (l *listener) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// explain returns the plan of what a listener has heard.
func explain(t *testing.T, pool *pgxpool.Pool, options string, l *listener) string {
	t.Helper()
	rows, _ := pool.Query(t.Context(), "EXPLAIN ("+options+") "+l.sql, l.args...) // its error is also rows'
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// What an index finds is found by it, and not by reading the table.
func TestListsGoByTheirIndex(t *testing.T) {
	l := &listener{of: "ORDER BY f.id"}
	pool := newPool(t, migrated(t), func(c *pgxpool.Config) { c.ConnConfig.Tracer = l })
	st := postgres.New(pool, nil)
	at := time.Now().Add(-time.Hour)
	blocked(t, pool, 3000, func(i int) {
		f := vote(fmt.Sprint("user ", i%300), 1)
		f.ID, f.Key = store.NewID(at.Add(time.Duration(i)*time.Second)), ""
		f.SessionID, f.MessageID = fmt.Sprint("session ", i%300), fmt.Sprint("message ", i%300)
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Error(err)
		}
	})
	exec(t, pool, "ANALYZE feedbacks")
	yes := true
	for _, test := range []struct {
		f     store.Filter
		index string
	}{
		{store.Filter{}, "feedbacks_pkey"},
		{store.Filter{CreatedAfter: at.Add(10 * time.Minute), CreatedBefore: at.Add(11 * time.Minute)}, "feedbacks_pkey"},
		{store.Filter{SessionID: "session 7"}, "feedbacks_session"},
		{store.Filter{MessageID: "message 7"}, "feedbacks_message"},
		{store.Filter{UserID: "user 7"}, "feedbacks_user"},
		{store.Filter{UserID: "user 7", SessionID: "session 7", MessageID: "message 7"}, "feedbacks_message"},
		{store.Filter{SessionID: "session 7", HasCorrection: &yes, Metadata: store.Pair{Name: "a", Value: "b"}}, "feedbacks_session"},
	} {
		if _, err := st.List(t.Context(), scope, store.Query{Filter: test.f, Limit: 50}); err != nil {
			t.Fatal(err)
		}
		if plan := explain(t, pool, "COSTS", l); !strings.Contains(plan, test.index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%+v does not go by %s:\n%s", test.f, test.index, plan)
		}
	}
}

// The statements that fold, sum and ask for tags find deltas by an index, and what
// writes them compares tags byte by byte.
func TestCountsGoByTheirIndex(t *testing.T) {
	postgres.FoldOften(t)
	listeners := map[string]*listener{}
	for _, of := range []string{"WITH last", "WITH folded", "want_all", "WITH new"} {
		listeners[of] = &listener{of: of}
	}
	pool := newPool(t, migrated(t), func(c *pgxpool.Config) {
		c.ConnConfig.Tracer = multitracer.New(listeners["WITH last"], listeners["WITH folded"], listeners["want_all"], listeners["WITH new"])
	})
	exec(t, pool, `INSERT INTO feedbacks_deltas (scope, position, day, tag, count) SELECT gen_random_uuid(), 1 + n % 100, 20000, 'tag ' || n % 50, 1 FROM generate_series(1, 20000) AS n`)
	st := postgres.New(pool, nil)
	blocked(t, pool, 50, func(i int) {
		f := record("")
		f.Tags = []string{fmt.Sprint("new ", i)}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Error(err)
		}
	})
	if _, err := st.Summarize(t.Context(), scope, store.SummaryQuery{Compare: "new"}); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, "SET enable_hashagg = off") // so that tags are sorted
	for of, index := range map[string]string{"WITH last": "feedbacks_deltas_position", "WITH folded": "feedbacks_deltas_(scope|position)", "want_all": "feedbacks_deltas_(scope|position)", "WITH new": `COLLATE "C"`} {
		plan := explain(t, pool, "COSTS", listeners[of])
		if !regexp.MustCompile(index).MatchString(plan) || strings.Contains(plan, "Seq Scan on feedbacks_deltas") {
			t.Errorf("%s does not go by %s:\n%s", of, index, plan)
		}
	}
}

package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// A listener keeps the last list's statement.
type listener struct {
	sql  string
	args []any
}

func (l *listener) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, "ORDER BY f.id") && !strings.HasPrefix(q.SQL, "EXPLAIN") {
		l.sql, l.args = q.SQL, q.Args[1:] // after how it is sent
	}
	return ctx
}

func (l *listener) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// What an index finds is found by it, and not by reading the table.
func TestListsGoByTheirIndex(t *testing.T) {
	l := &listener{}
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
		rows, _ := pool.Query(t.Context(), "EXPLAIN "+l.sql, l.args...) // its error is also rows'
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan := strings.Join(lines, "\n")
		if err != nil || !strings.Contains(plan, test.index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%+v does not go by %s: %v\n%s", test.f, test.index, err, plan)
		}
	}
}

package postgres_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/postgres"
)

// plans are those of all statements that a pool's connections execute, as they are
// executed.
type plans struct {
	mu   sync.Mutex
	seen []string
}

// watched returns a pool and its plans.
func watched(t *testing.T, url string) (*pgxpool.Pool, *plans) {
	t.Helper()
	p := &plans{}
	return newPool(t, url, func(c *pgxpool.Config) {
		c.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.seen = append(p.seen, n.Message)
		}
		c.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.PgConn().Exec(ctx, `LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_level = 'notice';
				SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on; SET auto_explain.log_timing = off; SET jit_above_cost = 0`).ReadAll()
			return err
		}
	}), p
}

// last returns the plan of the last statement that says something.
func (p *plans) last(t *testing.T, of string) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, plan := range slices.Backward(p.seen) {
		if strings.Contains(plan, of) {
			return plan
		}
	}
	t.Fatalf("no statement says %q", of)
	return ""
}

func (p *plans) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = nil
}

var anIndex = regexp.MustCompile(`(?:Index (?:Only )?Scan(?: Backward)? using|Bitmap Index Scan on) (\w+)`)

// usedBy are the indexes that a plan goes by.
func usedBy(plan string) string {
	var names []string
	for _, m := range anIndex.FindAllStringSubmatch(plan, -1) {
		names = append(names, strings.TrimPrefix(m[1], "feedbacks_"))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// pages are how many an execution has read or written.
func pages(plan string) (n int) {
	_, after, _ := strings.Cut(plan, "Buffers: shared hit=")
	fmt.Sscan(after, &n)
	return n
}

// Whatever the planner knows of the tables, and in every query mode, each statement
// goes by the index that was meant, and no list is sorted.
func TestPlansDoNotDependOnStatistics(t *testing.T) {
	const grown = `INSERT INTO feedbacks (scope, id, score, updated_at, session_id, message_id, user_id, text, tags)
		SELECT s.scope, (left(id, 24) || lpad(to_hex(n), 12, '0'))::uuid, 1, now(), 's' || n / 10, 'm' || n, 'u' || n / 100, 'a note', '{a}'
		FROM generate_series(1, %d) AS n, feedbacks_scopes s, (VALUES ('0fff0000-0000-7000-8000-000000000000')) AS v (id)`
	const others = `INSERT INTO feedbacks (scope, id, score, updated_at, session_id, message_id, user_id, text, tags)
		SELECT md5(n::text)::uuid, '01990000-0000-7000-8000-000000000000', 1, now(), 's' || n, 'm' || n, 'u' || n, '', '{}' FROM generate_series(1, 3000) AS n`
	for statistics, prepare := range map[string]func(exec func(sql string)){
		"missing":                  func(exec func(sql string)) { exec(fmt.Sprintf(grown, 3000)) },
		"old":                      func(exec func(sql string)) { exec(others); exec("ANALYZE"); exec(fmt.Sprintf(grown, 3000)) },
		"fresh":                    func(exec func(sql string)) { exec(fmt.Sprintf(grown, 3000)); exec("ANALYZE") },
		"of an almost empty table": func(exec func(sql string)) { exec("VACUUM ANALYZE") },
	} {
		for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
			t.Run(statistics+", "+mode, func(t *testing.T) {
				pool, plans := watched(t, migrated(t)+"&default_query_exec_mode="+mode)
				exec(t, pool, "ALTER TABLE feedbacks SET (autovacuum_enabled = off)")
				st := postgres.New(pool, nil)
				f := record("")
				if _, err := st.Create(t.Context(), f); err != nil {
					t.Fatal(err)
				}
				prepare(func(sql string) { exec(t, pool, sql) })
				for _, test := range planned(st, f) {
					plans.forget()
					if err := test.call(t.Context()); err != nil {
						t.Errorf("%s: %v", test.name, err)
						continue
					}
					plan := plans.last(t, test.says)
					if got := usedBy(plan); !regexp.MustCompile("^("+test.indexes+")$").MatchString(got) || strings.Contains(plan, "Seq Scan") || !test.sorts && strings.Contains(plan, "Sort") {
						t.Errorf("%s goes by %q, want %q alone:\n%s", test.name, got, test.indexes, plan)
					}
					if strings.Contains(plan, "JIT:") { // a statement that is taken for a dear one would be compiled each time
						t.Errorf("%s is compiled:\n%s", test.name, plan)
					}
					if n := pages(plan); test.few && n > 12 { // an index that is gone through to the scope's end has more
						t.Errorf("%s reads %d pages:\n%s", test.name, n, plan)
					}
				}
			})
		}
	}
}

// A plannedCall is a call whose statement is planned with settings.
type plannedCall struct {
	name, says string
	indexes    string // what they may be: whoever knows a record's session may go by that too
	sorts      bool   // what it has found, or by what is no index's
	few        bool   // it finds few records
	call       func(ctx context.Context) error
}

// planned are all such calls. f is there.
func planned(st store.Store, f store.Feedback) (calls []plannedCall) {
	yes := true
	at := time.Now()
	for _, filter := range []struct {
		store.Filter
		index string
	}{
		{store.Filter{}, "pkey"},
		{store.Filter{CreatedAfter: at.Add(-time.Minute), CreatedBefore: at.Add(time.Minute)}, "pkey"},
		{store.Filter{Tag: "b"}, "pkey"},
		{store.Filter{SessionID: "s7"}, "session"},
		{store.Filter{MessageID: "m7"}, "message"},
		{store.Filter{UserID: "u7"}, "user"},
		{store.Filter{UserID: "u7", HasText: &yes}, "user"},
		{store.Filter{UserID: "u7", SessionID: "s7", MessageID: "m7"}, "message"},
		{store.Filter{Waiting: &yes}, "waiting"},
		{store.Filter{Waiting: &yes, CreatedAfter: at.Add(-time.Minute), Tag: "b"}, "waiting"},
		{store.Filter{UserID: "u7", Waiting: &yes}, "user"},
		{store.Filter{Waiting: new(false)}, "pkey"},
		{store.Filter{SessionID: "s7", HasCorrection: &yes, Metadata: store.Pair{Name: "a", Value: "b"}}, "session"},
	} {
		for _, ascending := range []bool{true, false} {
			calls = append(calls, plannedCall{fmt.Sprintf("List %+v, ascending %v", filter.Filter, ascending), "'record'", filter.index, false, filter.index == "session" || filter.index == "message", func(ctx context.Context) error {
				_, err := st.List(ctx, scope, store.Query{Filter: filter.Filter, Ascending: ascending, Limit: 50})
				return err
			}})
		}
	}
	for _, filter := range []struct {
		store.Filter
		indexes string
	}{
		{store.Filter{SessionID: "none"}, "(pkey )?session"},
		{store.Filter{UserID: "nobody"}, "(pkey |session |pkey session )user"},
		{store.Filter{Waiting: &yes, CreatedBefore: time.Unix(0, 0)}, "(pkey |session |pkey session )waiting"},
		{store.Filter{CreatedBefore: time.Unix(0, 0), Tag: "none"}, "pkey( session)?"},
	} {
		calls = append(calls, plannedCall{fmt.Sprintf("Erase %+v", filter.Filter), "WITH examined", filter.indexes, true, false, func(ctx context.Context) error {
			_, err := st.Erase(ctx, scope, filter.Filter)
			return err
		}})
	}
	for name, q := range map[string]store.SummaryQuery{"all": {}, "by tag": {Filter: store.Filter{Tag: "a"}}, "comparing": {Compare: "a"}} {
		calls = append(calls, plannedCall{"Summarize " + name, "WITH folded", "deltas_scope folds_pkey rollups_pkey", true, false, func(ctx context.Context) error {
			_, err := st.Summarize(ctx, scope, q)
			return err
		}})
	}
	return append(calls,
		plannedCall{"Get by ID", "'record'", "pkey", false, true, func(ctx context.Context) error { _, err := st.Get(ctx, scope, store.Ref{ID: f.ID}); return err }},
		plannedCall{"Get by Key", "'record'", "key", false, true, func(ctx context.Context) error { return absent(st.Get(ctx, scope, store.Ref{Key: vote("u", 1).Key})) }},
		plannedCall{"Create again", "wanted", "key pkey", false, true, func(ctx context.Context) error { _, err := st.Create(ctx, f); return err }},
		plannedCall{"Put", "CTE new", "key( pkey)?( session)?", true, false, func(ctx context.Context) error { _, _, err := st.Put(ctx, vote("u", 1)); return err }},
		plannedCall{"Replace", "CTE old", "pkey( session)?", true, false, func(ctx context.Context) error { _, err := st.Replace(ctx, f, f); return err }},
		plannedCall{"Delete by Key", "WITH found", "key (pkey|session)", true, false, func(ctx context.Context) error {
			_, err := st.Delete(ctx, scope, store.Ref{Key: vote("u", 1).Key})
			return err
		}},
		plannedCall{"Delete by ID", "WITH found", "pkey( session)?", true, false, func(ctx context.Context) error { _, err := st.Delete(ctx, scope, store.Ref{ID: f.ID}); return err }},
	)
}

// The statements that fold and ask for tags find deltas by an index, and what writes
// them compares tags byte by byte.
func TestCountsGoByTheirIndex(t *testing.T) {
	postgres.FoldOften(t)
	url := migrated(t)
	exec(t, newPool(t, url), `INSERT INTO feedbacks_deltas (scope, position, day, tag, count) SELECT gen_random_uuid(), 1 + n % 100, 20000, 'tag ' || n % 50, 1 FROM generate_series(1, 20000) AS n`)
	pool, plans := watched(t, url+"&enable_hashagg=off") // so that tags are sorted
	st := postgres.New(pool, nil)
	blocked(t, pool, 50, func(i int) {
		f := record("")
		f.Tags = []string{fmt.Sprint("new ", i)}
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Error(err)
		}
	})
	for of, index := range map[string]string{"WITH last": "feedbacks_deltas_position", "want_all": "feedbacks_deltas_(scope|position)", "), new AS": `COLLATE "C"`} {
		plan := plans.last(t, of)
		if !regexp.MustCompile(index).MatchString(plan) || strings.Contains(plan, "Seq Scan on feedbacks_deltas") {
			t.Errorf("%s does not go by %s:\n%s", of, index, plan)
		}
	}
}

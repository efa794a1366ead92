package sqlite_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/testserver"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// What an index finds is found by it, in its order, and not by reading or sorting the
// table: in a file without statistics, and in one that somebody has analyzed.
func TestListsGoByTheirIndex(t *testing.T) {
	path := testserver.File(t)
	st, c := open(t, path, nil), other(t, path)
	for i := range 300 {
		f := vote(string(rune('a'+i%30)), 1)
		f.Key, f.SessionID, f.MessageID = "", "session "+f.UserID, "message "+f.UserID
		create(t, st, f)
	}
	at := time.Now()
	yes := true
	for range 2 {
		for _, test := range []struct {
			f     store.Filter
			index string
		}{
			{store.Filter{}, "PRIMARY KEY"},
			{store.Filter{CreatedAfter: at.Add(-time.Minute), CreatedBefore: at}, "PRIMARY KEY"},
			{store.Filter{SessionID: "session a"}, "feedbacks_session"},
			{store.Filter{MessageID: "message a"}, "feedbacks_message"},
			{store.Filter{UserID: "a"}, "feedbacks_user"},
			{store.Filter{Waiting: &yes}, "feedbacks_waiting"},
			{store.Filter{UserID: "a", Waiting: &yes}, "feedbacks_user"},
			{store.Filter{Waiting: new(false)}, "PRIMARY KEY"},
			{store.Filter{UserID: "a", SessionID: "session a", MessageID: "message a"}, "feedbacks_message"},
			{store.Filter{SessionID: "session a", HasCorrection: &yes, Metadata: store.Pair{Name: "a", Value: "b"}}, "feedbacks_session"},
		} {
			for _, q := range []store.Query{{Filter: test.f}, {Filter: test.f, After: record("").ID}, {Filter: test.f, Ascending: true}} {
				q.Limit = 50
				for _, statement := range sqlite.ListStatements(scope, q) {
					var plan []string
					rows, err := c.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+statement.SQL, statement.Args...)
					if err != nil {
						t.Fatal(err)
					}
					for rows.Next() {
						var id, parent, unused int
						var detail string
						if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
							t.Fatal(err)
						}
						plan = append(plan, detail)
					}
					if p := strings.Join(plan, "\n"); !strings.Contains(p, "SEARCH feedbacks USING "+test.index) && !strings.Contains(p, "INDEX "+test.index) || strings.Contains(p, "TEMP B-TREE") || strings.Contains(p, "SCAN feedbacks") {
						t.Errorf("%s does not go by %s:\n%s", statement.SQL, test.index, p)
					}
				}
			}
		}
		exec(t, c, "ANALYZE")
	}
}

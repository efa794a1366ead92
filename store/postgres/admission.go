package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/humanfeedback/feedbacks/store"
)

// Which tags of a day are counted is decided before the statement that adds the
// record, by what this instance knows. What it does not know it asks for all records
// of a batch at once: whether there are rollups of the tags, and if not whether the
// day takes new tags. It takes one while fewer than store.MaxDayTags have rollups
// and no record bears a tag that is not counted. Instances that decide at once may
// so exceed the limit a little, or one counts a tag that another does not.
//
// A record remembers which of its tags are not counted, so that taking it away
// undoes what adding it did. A rollup remembers a transaction that it was there
// after (since), and that of a whole day the oldest state by which any tag was
// refused (refused): a tag that was there before is counted in all of the day's
// records, since whoever refused one saw its rollup.

// marks say of each record of a batch which of its tags are not counted.
type marks struct {
	uncounted []int16
	refused   *int64 // the oldest transaction that was not over for who refused one; nil when nobody did
}

func (m *marks) refuse(record, tag int, seen int64) {
	m.uncounted[record] |= 1 << tag
	if m.refused == nil || seen < *m.refused {
		m.refused = &seen
	}
}

// admit decides which tags of records are counted on their days.
func (s *Store) admit(ctx context.Context, fs []store.Feedback, days []int64) (marks, error) {
	m := marks{uncounted: make([]int16, len(fs))}
	questions := s.tags.decide(fs, days, &m)
	if len(questions) == 0 {
		return m, nil
	}
	if err := s.ask(ctx, questions); err != nil {
		return marks{}, err
	}
	for _, q := range questions {
		q.settle(fs, &m)
	}
	s.tags.learn(questions)
	return m, nil
}

// A question is about the tags of one day that an instance does not know to be
// counted.
type question struct {
	scopeDay
	places  []place // of the tags
	asked   []string
	wantAll bool // of the tags that are counted, if the day is closed

	counted   map[string]bool // of those that were asked for, or all
	tags      int64           // how many are
	uncounted int64           // records that bear another one
	seen      int64           // the oldest transaction that was not over
}

// A place is that of a tag in a record of a batch.
type place struct{ record, tag int }

// closed reports whether the day takes no new tags.
func (q *question) closed() bool { return q.uncounted > 0 || q.tags >= store.MaxDayTags }

// settle decides by the answer.
func (q *question) settle(fs []store.Feedback, m *marks) {
	room := store.MaxDayTags - q.tags
	for _, p := range q.places {
		tag := fs[p.record].Tags[p.tag]
		switch {
		case q.counted[tag]:
		case q.uncounted == 0 && room > 0:
			room--
			q.counted[tag] = true
		default:
			m.refuse(p.record, p.tag, q.seen)
		}
	}
}

// ask has questions answered.
func (s *Store) ask(ctx context.Context, qs []*question) error {
	scopes, days, asked, all := make([]string, len(qs)), make([]int64, len(qs)), make([]string, len(qs)), make([]bool, len(qs))
	for i, q := range qs {
		scopes[i], days[i], asked[i], all[i] = scopeUUID(q.scope), q.day, strings.Join(q.asked, "\x1f"), q.wantAll
	}
	return s.do(ctx, repeat, func(ctx context.Context, c *pgx.Conn) error {
		rows, _ := c.Query(ctx, s.sql.admission, replanned(c, scopes, days, asked, all)...) // its error is also rows'
		var n int
		var seen int64
		var a question
		var counted []string
		_, err := pgx.ForEachRow(rows, []any{&n, &a.tags, &a.uncounted, &seen, &counted}, func() error {
			q := qs[n]
			q.tags, q.uncounted, q.counted = a.tags, a.uncounted, make(map[string]bool, len(counted))
			for _, tag := range counted {
				q.counted[tag] = true
			}
			if q.wantAll { // else it is what is remembered
				q.seen = seen
			}
			return nil
		})
		return err
	})
}

// admissionSQL answers questions. Deltas of a tag that count nothing any more still
// stand for it, but take no room.
var admissionSQL = `WITH wanted AS (
	SELECT n, scope, day, string_to_array(tags, E'\x1f') AS asked, want_all
	FROM unnest($1::text[]::uuid[], $2::int[], $3::text[], $4::bool[]) WITH ORDINALITY AS w (scope, day, tags, want_all, n)
), recent AS MATERIALIZED (
	SELECT d.scope, d.day, d.tag, coalesce(sum(d.count), 0) AS count, coalesce(sum(d.uncounted), 0) AS uncounted
	FROM «feedbacks_deltas d JOIN wanted USING (scope, day) WHERE position >= ` + foldedUpto + ` GROUP BY d.scope, d.day, d.tag
), room AS (
	SELECT r.scope, r.day, sum((coalesce(f.count, 0) + r.count > 0)::int - (f.tag IS NOT NULL)::int) AS tags
	FROM recent r LEFT JOIN «feedbacks_rollups f USING (scope, tag, day) WHERE r.tag > '' GROUP BY r.scope, r.day
), days AS (
	SELECT w.*, coalesce(f.tags, 0) + coalesce(room.tags, 0) AS tags, coalesce(f.uncounted, 0) + coalesce(r.uncounted, 0) AS uncounted
	FROM wanted w LEFT JOIN «feedbacks_rollups f ON f.scope = w.scope AND f.tag = '' AND f.day = w.day
	LEFT JOIN recent r ON r.scope = w.scope AND r.tag = '' AND r.day = w.day
	LEFT JOIN room ON room.scope = w.scope AND room.day = w.day
)
SELECT n - 1, tags::bigint, uncounted::bigint, txid_snapshot_xmin(txid_current_snapshot()),
	CASE WHEN want_all AND (uncounted > 0 OR tags >= ` + strconv.Itoa(store.MaxDayTags) + `) THEN ARRAY(
		SELECT tag FROM «feedbacks_rollups f WHERE f.scope = days.scope AND f.day = days.day AND tag > ''
		UNION SELECT tag FROM recent r WHERE r.scope = days.scope AND r.day = days.day AND tag > ''
	) ELSE ARRAY(
		SELECT tag FROM unnest(asked) AS a (tag) WHERE (days.scope, days.day, tag) IN (SELECT scope, day, tag FROM recent)
		OR EXISTS (SELECT FROM «feedbacks_rollups f WHERE f.scope = days.scope AND f.tag = a.tag AND f.day = days.day)
	) END
FROM days`

// daysOf returns the days of records.
func daysOf(fs []store.Feedback) []int64 {
	days := make([]int64, len(fs))
	for i := range fs {
		days[i] = daysSince1970(fs[i].CreatedAt())
	}
	return days
}

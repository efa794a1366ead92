package httptests

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/internal/params"
)

// filters are the API's, in the tests' own words: like returns a value that
// selects a record, "" where there is none, and selects reports whether a value
// selects one.
var filters = map[string]struct {
	like    func(rnd *rand.Rand, r record) string
	selects func(value string, r record) bool
}{
	"SessionId": {func(_ *rand.Rand, r record) string { return r.SessionID }, func(v string, r record) bool { return r.SessionID == v }},
	"MessageId": {func(_ *rand.Rand, r record) string { return r.MessageID }, func(v string, r record) bool { return r.MessageID == v }},
	"UserId":    {func(_ *rand.Rand, r record) string { return r.UserID }, func(v string, r record) bool { return r.UserID == v }},
	"Tag":       {func(_ *rand.Rand, r record) string { return append(r.Tags, "")[0] }, func(v string, r record) bool { return slices.Contains(r.Tags, v) }},
	"Text": {func(_ *rand.Rand, r record) string { return strings.ToUpper(r.Text + r.Correction) },
		func(v string, r record) bool {
			return strings.Contains(strings.ToUpper(r.Text), v) || strings.Contains(strings.ToUpper(r.Correction), v)
		}},
	"MinScore": {likeScore, func(v string, r record) bool { return r.Score >= number(v) }},
	"MaxScore": {likeScore, func(v string, r record) bool { return r.Score <= number(v) }},
	"HasText": {func(_ *rand.Rand, r record) string { return strconv.FormatBool(r.Text != "") },
		func(v string, r record) bool { return (r.Text != "") == (v == "true") }},
	"HasCorrection": {func(_ *rand.Rand, r record) string { return strconv.FormatBool(r.Correction != "") },
		func(v string, r record) bool { return (r.Correction != "") == (v == "true") }},
	"Handled": {func(_ *rand.Rand, r record) string { return strconv.FormatBool(r.Review != nil) },
		func(v string, r record) bool { return (r.Review != nil) == (v == "true") }},
	"Waiting": {func(_ *rand.Rand, r record) string { return strconv.FormatBool(waits(r)) },
		func(v string, r record) bool { return waits(r) == (v == "true") }},
	"Metadata": {func(rnd *rand.Rand, r record) string {
		names := slices.Sorted(maps.Keys(r.Metadata))
		if len(names) == 0 {
			return ""
		}
		name := names[rnd.IntN(len(names))]
		return name + ":" + r.Metadata[name]
	}, func(v string, r record) bool {
		name, value, _ := strings.Cut(v, ":")
		got, ok := r.Metadata[name]
		return ok && got == value
	}},
	"DateCreatedAfter": {func(rnd *rand.Rand, r record) string {
		return r.CreatedAt.Add(time.Duration(rnd.IntN(2)) * -time.Hour).Format(time.RFC3339Nano)
	}, func(v string, r record) bool { return !r.CreatedAt.Before(bound(v)) }},
	"DateCreatedBefore": {func(rnd *rand.Rand, r record) string {
		return r.CreatedAt.AddDate(0, 0, 1).In(time.FixedZone("", 3600)).Format([]string{time.RFC3339Nano, time.DateOnly}[rnd.IntN(2)])
	}, func(v string, r record) bool { return r.CreatedAt.Before(bound(v)) }},
}

func waits(r record) bool {
	return r.Review == nil && (r.Score < 0.5 || r.Text != "" || r.Correction != "")
}

func likeScore(_ *rand.Rand, r record) string { return strconv.FormatFloat(r.Score, 'g', -1, 64) }

func number(value string) float64 {
	n, _ := strconv.ParseFloat(value, 64)
	return n
}

// selects reports whether a filter selects a record.
func selects(filter url.Values, r record) bool {
	for name := range filter {
		known, ok := filters[name]
		if !ok {
			panic("the tests have no words for the filter " + name)
		}
		if !known.selects(filter.Get(name), r) {
			return false
		}
	}
	return true
}

func bound(value string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		t, err = time.Parse(time.DateOnly, value)
	}
	if err != nil {
		panic(err) // a test's own
	}
	return t
}

// selected returns the records that a filter selects.
func selected(filter url.Values, rs []record) []record {
	return slices.DeleteFunc(slices.Clone(rs), func(r record) bool { return !selects(filter, r) })
}

// draw returns a body whose fields are few enough to collide.
func draw(rnd *rand.Rand) map[string]any {
	pick := func(from ...any) any { return from[rnd.IntN(len(from))] }
	tags := [][]string{{}, {"a"}, {"b b"}, {"a", "b b"}, {"é"}}
	metadata := []map[string]string{nil, {}, {"model": "x-1"}, {"model": "x-1", "trace_id": "a:b"}, {"model": "X-1", "prompt_version": "é 2"}}
	return map[string]any{
		"session_id": pick("s", "S", "s/1"),
		"message_id": pick("", "m", "n&"),
		"user_id":    pick("", "ann", "Ann", "a+b"),
		"score":      pick(0, 0.25, 0.5, 0.5000001, 1.0/3, 0.75, 1),
		"text":       pick("", "", "note"),
		"tags":       tags[rnd.IntN(len(tags))],
		"metadata":   metadata[rnd.IntN(len(metadata))],
		"correction": pick("", "", "better"),
	}
}

// add creates n records in the 10 days from noon on, some of them votes, and
// returns them newest first.
func (a *api) add(rnd *rand.Rand, n int) []record {
	a.Helper()
	rs := []record{}
	for len(rs) < n {
		a.at(noon.Add(time.Duration(rnd.Int64N(int64(10*24*time.Hour))) / 1000 * 1000))
		body := draw(rnd)
		if rnd.IntN(4) > 0 {
			rs = append(rs, a.created(encode(body)))
			continue
		}
		body["message_id"] = fmt.Sprint(rnd.Uint64()) // a vote of its own
		path := assistant + "/Sessions/" + url.PathEscape(body["session_id"].(string)) + "/Messages/" + body["message_id"].(string) + "/Feedback"
		rs = append(rs, decode[record](a, a.ok(201, "PUT", path, encode(body)).body))
	}
	slices.SortFunc(rs, newestFirst)
	return rs
}

func newestFirst(a, b record) int {
	if a.ID < b.ID {
		return 1
	}
	return -1
}

// drawFilter returns a filter of any combination of conditions, most of which
// select one of the records.
func drawFilter(rnd *rand.Rand, rs []record) url.Values {
	like := rs[rnd.IntN(len(rs))]
	filter := url.Values{}
	for n := rnd.IntN(6); n >= 0; n-- {
		r := like
		if rnd.IntN(5) == 0 {
			r = rs[rnd.IntN(len(rs))]
		}
		name := params.Filters[rnd.IntN(len(params.Filters))].Name
		known, ok := filters[name]
		if !ok {
			panic("the tests have no words for the filter " + name)
		}
		if value := known.like(rnd, r); value != "" {
			filter.Set(name, value)
		}
	}
	return filter
}

var filterCases = []testCase{
	{"the tests know the API's filters", func(a *api) {
		for _, p := range params.Filters {
			if _, ok := filters[p.Name]; !ok {
				a.Errorf("the tests have no words for the filter %s", p.Name)
			}
		}
		if len(filters) != len(params.Filters) {
			a.Errorf("the tests know %d filters, of %d", len(filters), len(params.Filters))
		}
	}},
	{"filters in any combination select the same everywhere", func(a *api) {
		rnd := rand.New(rand.NewPCG(6, 1))
		all := a.add(rnd, 80)
		chosen := 0
		for range 120 {
			filter := drawFilter(rnd, all)
			want := selected(filter, all)
			chosen += len(want)
			if got := idsOf(a.list(filter)); !slices.Equal(got, idsOf(want)) {
				a.Fatalf("?%s lists %v, want %v", filter.Encode(), got, idsOf(want))
			}
			if got := idsOf(a.walk(filter, 3)); !slices.Equal(got, idsOf(want)) {
				a.Fatalf("?%s has in pages %v, want %v", filter.Encode(), got, idsOf(want))
			}
			a.sums(filter, "", all)
			if len(filter) == 0 || rnd.IntN(4) > 0 {
				continue
			}
			if got, want := a.ok(200, "DELETE", feedbacks+"?"+filter.Encode(), "").body, fmt.Sprintf(`{"deleted":%d}`, len(want)); got != want {
				a.Fatalf("DELETE ?%s answered %s, want %s", filter.Encode(), got, want)
			}
			all = slices.DeleteFunc(all, func(r record) bool { return selects(filter, r) })
			if got := idsOf(a.list(nil)); !slices.Equal(got, idsOf(all)) {
				a.Fatalf("DELETE ?%s left %v, want %v", filter.Encode(), got, idsOf(all))
			}
			all = append(all, a.add(rnd, 80-len(all))...)
			slices.SortFunc(all, newestFirst)
		}
		if chosen < 300 {
			a.Errorf("the filters selected %d records: too few to tell them apart", chosen)
		}
	}},
	{"bounds of time are inclusive below and exclusive above", func(a *api) {
		midnight := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		var rs []record
		for _, d := range []time.Duration{-time.Microsecond, 0, time.Microsecond} {
			a.at(midnight.Add(d))
			rs = append(rs, a.created(`{"session_id":"demo","score":1}`))
		}
		for query, want := range map[string][]string{
			"DateCreatedAfter=2026-11-23":                                                  {rs[2].ID, rs[1].ID},
			"DateCreatedBefore=2026-11-23":                                                 {rs[0].ID},
			"DateCreatedAfter=2026-11-23T01:00:00%2B01:00":                                 {rs[2].ID, rs[1].ID},
			"DateCreatedBefore=2026-11-23T00:00:00.000001Z":                                {rs[1].ID, rs[0].ID},
			"DateCreatedAfter=2026-11-23&DateCreatedBefore=2026-11-23":                     {},
			"DateCreatedAfter=2026-11-24&DateCreatedBefore=2026-11-22":                     {},
			"DateCreatedAfter=2026-11-23T00:00:00.0000001Z":                                {rs[2].ID},
			"DateCreatedAfter=0001-01-02":                                                  {rs[2].ID, rs[1].ID, rs[0].ID},
			"DateCreatedBefore=9999-12-31T23:59:59.9999999Z&Order=asc":                     {rs[0].ID, rs[1].ID, rs[2].ID},
			"DateCreatedAfter=2026-11-22T19:00:00-05:00&DateCreatedBefore=2026-11-24":      {rs[2].ID, rs[1].ID},
			"DateCreatedAfter=2026-11-22T23:59:59.999999Z&DateCreatedBefore=2026-11-23":    {rs[0].ID},
			"DateCreatedAfter=2026-11-22T23:59:59.9999991Z&DateCreatedBefore=2026-11-23":   {},
			"DateCreatedBefore=2026-11-23T00:00:00.0000011Z&DateCreatedAfter=2026-11-23":   {rs[2].ID, rs[1].ID},
			"DateCreatedBefore=2026-11-23T00:00:00.000001Z&DateCreatedAfter=2026-11-23":    {rs[1].ID},
			"DateCreatedBefore=2026-11-23T00:00:00.0000005Z&DateCreatedAfter=2026-11-23":   {rs[1].ID},
			"DateCreatedBefore=2026-11-23T00:00:00Z&DateCreatedAfter=2026-11-22&Order=asc": {rs[0].ID},
		} {
			if got := idsOf(decode[[]record](a, a.ok(200, "GET", feedbacks+"?"+query, "").body)); !slices.Equal(got, want) {
				a.Errorf("?%s lists %v, want %v", query, got, want)
			}
		}
	}},
}

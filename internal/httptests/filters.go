package httptests

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// selects reports whether a filter selects a record, in the tests' own words.
func selects(filter url.Values, r record) bool {
	for name := range filter {
		value := filter.Get(name)
		number, _ := strconv.ParseFloat(value, 64)
		var ok bool
		switch name {
		case "SessionId":
			ok = r.SessionID == value
		case "MessageId":
			ok = r.MessageID == value
		case "UserId":
			ok = r.UserID == value
		case "Tag":
			ok = slices.Contains(r.Tags, value)
		case "MinScore":
			ok = r.Score >= number
		case "MaxScore":
			ok = r.Score <= number
		case "HasText":
			ok = (r.Text != "") == (value == "true")
		case "DateCreatedAfter":
			ok = !r.CreatedAt.Before(bound(value))
		case "DateCreatedBefore":
			ok = r.CreatedAt.Before(bound(value))
		}
		if !ok {
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
	return map[string]any{
		"session_id": pick("s", "S", "s/1"),
		"message_id": pick("", "m", "n&"),
		"user_id":    pick("", "ann", "Ann", "a+b"),
		"score":      pick(0, 0.25, 0.5, 0.5000001, 1.0/3, 0.75, 1),
		"text":       pick("", "", "note"),
		"tags":       tags[rnd.IntN(len(tags))],
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
		set := func(name, value string) {
			if value != "" {
				filter.Set(name, value)
			}
		}
		score := strconv.FormatFloat(r.Score, 'g', -1, 64)
		switch rnd.IntN(9) {
		case 0:
			set("SessionId", r.SessionID)
		case 1:
			set("MessageId", r.MessageID)
		case 2:
			set("UserId", r.UserID)
		case 3:
			set("Tag", append(r.Tags, "")[0])
		case 4:
			set("MinScore", score)
		case 5:
			set("MaxScore", score)
		case 6:
			set("HasText", strconv.FormatBool(r.Text != ""))
		case 7:
			set("DateCreatedAfter", r.CreatedAt.Add(time.Duration(rnd.IntN(2))*-time.Hour).Format(time.RFC3339Nano))
		case 8:
			set("DateCreatedBefore", r.CreatedAt.AddDate(0, 0, 1).In(time.FixedZone("", 3600)).Format([]string{time.RFC3339Nano, time.DateOnly}[rnd.IntN(2)]))
		}
	}
	return filter
}

var filterCases = []testCase{
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

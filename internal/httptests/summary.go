package httptests

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A summary is what clients see of one.
type summary struct {
	point
	WithText  int `json:"with_text"`
	Histogram []int
	Tags      map[string]int
	Series    []point
}

type point struct {
	Start     time.Time
	Count     int
	MeanScore *float64 `json:"mean_score"`
	Positive  int
	Negative  int
}

// String has the mean as the sum of the scores in millionths that it is made of,
// lest the last digit of a float64 should matter.
func (p point) String() string {
	mean := "none"
	if p.MeanScore != nil {
		mean = fmt.Sprintf("%.0f/%d", *p.MeanScore*float64(p.Count)*1e6, p.Count)
	}
	return fmt.Sprintf("\n%s: %d, mean %s, +%d -%d", p.Start.Format(time.RFC3339Nano), p.Count, mean, p.Positive, p.Negative)
}

func (s summary) String() string {
	return fmt.Sprint(s.point, " with text ", s.WithText, s.Histogram, s.Tags, s.Series)
}

// recount makes the point of records in the tests' own words.
func recount(rs []record) (p point) {
	sum := 0.0
	for _, r := range rs {
		millionths := math.RoundToEven(r.Score * 1e6)
		sum += millionths
		switch {
		case millionths > 5e5:
			p.Positive++
		case millionths < 5e5:
			p.Negative++
		}
	}
	if p.Count = len(rs); p.Count > 0 {
		p.MeanScore = new(sum / 1e6 / float64(p.Count))
	}
	return p
}

// resum makes the summary of all that a filter selects of the records.
func resum(filter url.Values, by string, all []record) summary {
	rs := selected(filter, all)
	s := summary{point: recount(rs), Histogram: make([]int, 10), Tags: map[string]int{}}
	for _, r := range rs {
		if r.Text != "" {
			s.WithText++
		}
		s.Histogram[min(int(math.RoundToEven(r.Score*1e6))/100_000, 9)]++
		for _, tag := range r.Tags {
			if filter.Get("Tag") == "" || filter.Get("Tag") == tag {
				s.Tags[tag]++
			}
		}
	}
	if by == "" || len(rs) == 0 {
		return s // of nothing there are no series in these tests
	}
	slices.SortFunc(rs, newestFirst)
	from, last := rs[len(rs)-1].CreatedAt, rs[0].CreatedAt
	if after := filter.Get("DateCreatedAfter"); after != "" {
		from = bound(after)
	}
	if before := filter.Get("DateCreatedBefore"); before != "" {
		last = bound(before).Add(-1)
	}
	for start := startOf(by, from); !start.After(last); {
		end := startOf(by, start.Add(map[string]time.Duration{"hour": 1, "day": 24, "week": 7 * 24, "month": 31 * 24}[by]*time.Hour))
		p := recount(slices.DeleteFunc(slices.Clone(rs), func(r record) bool { return r.CreatedAt.Before(start) || !r.CreatedAt.Before(end) }))
		p.Start = start
		s.Series = append(s.Series, p)
		start = end
	}
	return s
}

// startOf goes back hour by hour until an interval starts.
func startOf(by string, t time.Time) time.Time {
	t = t.UTC().Truncate(time.Hour)
	for by != "hour" && t.Hour() > 0 || by == "week" && t.Weekday() != time.Monday || by == "month" && t.Day() > 1 {
		t = t.Add(-time.Hour)
	}
	return t
}

// sums asserts that the summary of what a filter selects is the recount of the
// records.
func (a *api) sums(filter url.Values, by string, all []record) {
	a.Helper()
	query := filter.Encode()
	if by != "" {
		query += "&Interval=" + by
	}
	want := resum(filter, by, all)
	if want.Count == 0 && by != "" {
		return
	}
	got := decode[summary](a, a.ok(200, "GET", summaries+"?"+strings.Trim(query, "&"), "").body)
	if got.String() != want.String() {
		a.Errorf("?%s is\n%v, want\n%v", query, got, want)
	}
}

var summaryCases = []testCase{
	{"a summary in every byte", func(a *api) {
		const none = `{"count":0,"mean_score":null,"positive":0,"negative":0,"with_text":0,"histogram":[0,0,0,0,0,0,0,0,0,0],"tags":{},"tags_complete":true`
		is := func(query, want string) {
			a.Helper()
			if got := a.ok(200, "GET", summaries+query, ""); got.body != want || got.header.Get("Cache-Control") != "no-store" {
				a.Errorf("GET %s is\n%s, want\n%s", query, got.body, want)
			}
			if got := a.ok(200, "HEAD", summaries+query, ""); got.body != "" || got.header.Get("Content-Length") != fmt.Sprint(len(want)) {
				a.Errorf("HEAD %s is %q, %v", query, got.body, got.header)
			}
		}
		is("", none+"}")
		is("?Interval=day", none+`,"series":[]}`)
		is("?Interval=month&DateCreatedAfter=2026-01-15&DateCreatedBefore=2026-02-02", none+`,"series":[{"start":"2026-01-01T00:00:00Z","count":0,"mean_score":null,"positive":0,"negative":0},`+
			`{"start":"2026-02-01T00:00:00Z","count":0,"mean_score":null,"positive":0,"negative":0}]}`)
		a.created(`{"session_id":"demo","score":1,"text":"good","tags":["b","a\""]}`)
		a.created(`{"session_id":"demo","score":0.5,"tags":["c","b"]}`)
		a.at(noon.AddDate(0, 0, 2))
		a.ok(201, "PUT", onMessage, `{"score":1,"text":"stale","tags":["stale"]}`)
		a.ok(200, "PUT", onMessage, `{"score":0,"tags":["b"]}`)
		three := `{"count":3,"mean_score":0.5,"positive":1,"negative":1,"with_text":1,"histogram":[1,0,0,0,0,1,0,0,0,1],"tags":{"b":3,"a\"":1,"c":1},"tags_complete":true`
		is("", three+"}")
		is("?Interval=day", three+`,"series":[{"start":"2026-11-22T00:00:00Z","count":2,"mean_score":0.75,"positive":1,"negative":0},`+
			`{"start":"2026-11-23T00:00:00Z","count":0,"mean_score":null,"positive":0,"negative":0},{"start":"2026-11-24T00:00:00Z","count":1,"mean_score":0,"positive":0,"negative":1}]}`)
		is("?Interval=week", three+`,"series":[{"start":"2026-11-16T00:00:00Z","count":2,"mean_score":0.75,"positive":1,"negative":0},`+
			`{"start":"2026-11-23T00:00:00Z","count":1,"mean_score":0,"positive":0,"negative":1}]}`)
		is("?Tag=c&Interval=hour", `{"count":1,"mean_score":0.5,"positive":0,"negative":0,"with_text":0,"histogram":[0,0,0,0,0,1,0,0,0,0],"tags":{"c":1},"tags_complete":true,`+
			`"series":[{"start":"2026-11-22T12:00:00Z","count":1,"mean_score":0.5,"positive":0,"negative":0}]}`)
		is("?UserId=nobody", none+"}")
		if got := a.as("other").ok(200, "GET", summaries, "").body; got != none+"}" {
			a.Errorf("the other account's summary is %s", got)
		}
		a.fails(405, 20004, "method not allowed", "DELETE", summaries, "")
	}},
	{"a series has a limit", func(a *api) {
		a.created(`{"session_id":"demo","score":1}`)
		a.at(noon.AddDate(3, 0, 0))
		a.created(`{"session_id":"demo","score":1}`)
		for query, message := range map[string]string{
			"Interval=day":  "Interval makes a series of at most 1000 points",
			"Interval=hour": "Interval hour makes a series of at most 31 days",
			"Interval=week&DateCreatedAfter=0001-01-02":                              "Interval makes a series of at most 1000 points",
			"Interval=hour&DateCreatedAfter=2026-01-01&DateCreatedBefore=2026-02-02": "Interval hour",
		} {
			a.fails(400, 20001, message, "GET", summaries+"?"+query, "")
		}
		for query, points := range map[string]int{
			"Interval=week": 158, "Interval=month": 37,
			"Interval=hour&DateCreatedAfter=2026-01-01&DateCreatedBefore=2026-02-01": 31 * 24,
			"Interval=day&DateCreatedAfter=2026-01-01&DateCreatedBefore=2028-09-27":  1000,
			"Interval=week&DateCreatedAfter=0001-01-02&DateCreatedBefore=0001-01-09": 2,
			"Interval=month&DateCreatedAfter=9999-12-31T23:59:59Z":                   0,
		} {
			if got := decode[summary](a, a.ok(200, "GET", summaries+"?"+query, "").body); len(got.Series) != points {
				a.Errorf("?%s has %d points, want %d", query, len(got.Series), points)
			}
		}
	}},
	{"a series by the clock of a zone", func(a *api) {
		is := func(query string, want ...string) {
			a.Helper()
			got := decode[struct {
				Series []struct {
					Start string
					Count int
				}
			}](a, a.ok(200, "GET", summaries+"?"+query, "").body)
			var points []string
			for _, p := range got.Series {
				points = append(points, fmt.Sprint(p.Start, " ", p.Count))
			}
			if !slices.Equal(points, want) {
				a.Errorf("?%s has the points %q, want %q", query, points, want)
			}
		}
		for _, at := range []string{"2026-10-23T21:59:59Z", "2026-10-23T22:00:00Z", "2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"} {
			a.at(bound(at)) // the clocks of Berlin go back at 01:00Z on the 25th
			a.created(`{"session_id":"demo","score":1,"tags":["t"]}`)
		}
		is("Interval=day&TimeZone=Europe/Berlin", "2026-10-23T00:00:00+02:00 1", "2026-10-24T00:00:00+02:00 2", "2026-10-25T00:00:00+02:00 2", "2026-10-26T00:00:00+01:00 1")
		is("Interval=day&TimeZone=Europe/Berlin&Tag=t", "2026-10-23T00:00:00+02:00 1", "2026-10-24T00:00:00+02:00 2", "2026-10-25T00:00:00+02:00 2", "2026-10-26T00:00:00+01:00 1")
		is("Interval=week&TimeZone=Europe/Berlin", "2026-10-19T00:00:00+02:00 5", "2026-10-26T00:00:00+01:00 1")
		is("Interval=day&TimeZone=UTC", "2026-10-23T00:00:00Z 2", "2026-10-24T00:00:00Z 2", "2026-10-25T00:00:00Z 2")
		is("Interval=day&TimeZone=Europe/Berlin&DateCreatedAfter=2026-10-24&DateCreatedBefore=2026-10-26", "2026-10-24T00:00:00+02:00 2", "2026-10-25T00:00:00+02:00 2")
		is("Interval=day&DateCreatedAfter=2026-10-24&DateCreatedBefore=2026-10-26&TimeZone=Asia/Kolkata", "2026-10-24T00:00:00+05:30 2", "2026-10-25T00:00:00+05:30 2")
		is("TimeZone=Europe/Berlin")
		for _, zone := range []string{"Local", "Europe/berlin2", "CET+1", "../etc/passwd", "+02:00", "localtime", "right/Europe/Berlin", "posix/UTC", "Factory"} {
			a.fails(400, 20001, "TimeZone must be a time zone like Europe/Berlin, got", "GET", summaries+"?Interval=day&TimeZone="+url.QueryEscape(zone), "")
		}
	}},
}

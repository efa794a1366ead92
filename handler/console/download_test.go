package console_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestDownloadsHaveWhatTheFilterSelects(t *testing.T) {
	st, _ := memoryWith(t, 60)
	f := add(t, st, store.Feedback{ID: store.NewID(now.Add(1)), UserID: "@user", Text: "=1+1\nsecond, \"line\"", Tags: []string{"late", "+1"}, Metadata: map[string]string{"model": "m-1"}, Correction: "=2",
		Stamped: store.Stamped{Tags: []string{"late"}, Metadata: []string{"model"}}, Score: .25, SessionID: "s", Key: store.VoteKey("s", "", "@user")})
	b := open(t, st)
	for _, params := range [][]string{nil, {"Tag", "late"}, {"MaxScore", "0.499999", "HasText", "true"}, {"UserId", "nobody"}} {
		var filter store.Filter
		switch len(params) {
		case 4:
			filter = store.Filter{MaxScore: new(.499999), HasText: new(true)}
		case 2:
			filter.Tag = map[string]string{"late": "late"}[params[1]]
			filter.UserID = map[string]string{"nobody": "nobody"}[params[1]]
		}
		var want []string
		for r, err := range store.All(t.Context(), st, f.Scope, store.Query{Filter: filter}) {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, r.ID)
		}
		p := b.get(at("export", append(params, "Format", "csv")...))
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\uFEFF"))).ReadAll()
		if err != nil || p.status != 200 || len(rows) != 1+len(want) {
			t.Fatalf("%v: %d, %d rows, %v; want %d", params, p.status, len(rows), err, 1+len(want))
		}
		for i, id := range want {
			if rows[i+1][0] != id {
				t.Errorf("%v: row %d is %s, want %s", params, i, rows[i+1][0], id)
			}
		}
		if got := p.header.Get("Content-Type") + "; " + p.header.Get("Content-Disposition"); got != "text/csv; charset=utf-8; header=present; attachment; filename=feedback-aia_asst_1-2026-11-22.csv" {
			t.Errorf("headers %s", got)
		}
		p = b.get(at("export", append(params, "Format", "ndjson")...))
		if n := strings.Count(p.body, "\n"); n != len(want) || p.header.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%v: %d lines of %s, want %d", params, n, p.header.Get("Content-Type"), len(want))
		}
	}
	p := b.get(at("export", "Format", "csv"))
	want := f.ID + `,aia_asst_1,` + accountA + `,s,,'@user,0.25,"'=1+1` + "\n" + `second, ""line""",late;'+1,"{""model"":""m-1""}",'=2,"{""tags"":[""late""],""metadata"":[""model""]}",,true,2026-11-22T10:20:30.000000Z,2026-11-22T10:20:30.000000Z` + "\r\n"
	if !strings.HasPrefix(p.body, "\uFEFFid,assistant_id,account_sid,session_id,message_id,user_id,score,text,tags,metadata,correction,stamped,review,vote,created_at,updated_at\r\n"+want) {
		t.Errorf("%.600s\nwant %s", p.body, want)
	}
	for _, path := range []string{at("export"), at("export", "Format", "xls")} {
		b.is(404, path)
	}
	head := b.do("HEAD", at("export", "Format", "csv"), nil)
	if head.status != 200 || head.header.Get("Content-Type") != p.header.Get("Content-Type") || head.header.Get("Content-Disposition") != p.header.Get("Content-Disposition") {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	if p.header.Get("Content-Security-Policy") != policy || p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", p.header)
	}
}

func TestALineIsTheAPIsRecord(t *testing.T) {
	st, _ := memoryWith(t, 20)
	api := browse(t, handler.New(st, &handler.Options{Authenticate: options().Authenticate}))
	list := api.get("v1/Assistants/" + assistant + "/Feedbacks").body
	lines := open(t, st).get(at("export", "Format", "ndjson")).body
	if got := "[" + strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", ",") + "]"; got != list {
		t.Errorf("%s\nwant %s", got, list)
	}
}

// A failing store fails at the nth page of a list.
type failing struct {
	store.Store
	left atomic.Int64
}

func (s *failing) List(ctx context.Context, scope store.Scope, q store.Query) (store.Page, error) {
	if s.left.Add(-1) < 0 {
		return store.Page{}, fmt.Errorf("list: %w", store.ErrUnavailable)
	}
	return s.Store.List(ctx, scope, q)
}

func TestAPartOfADownloadIsNotTakenForTheWhole(t *testing.T) {
	st := memory.New()
	for range 2500 {
		add(t, st, store.Feedback{Text: strings.Repeat("x", 50)})
	}
	f := &failing{Store: st}
	b := open(t, f)
	for _, format := range []string{"csv", "ndjson"} {
		b.is(503, at("export", "Format", format), "out of reach")
		f.left.Store(1)
		p := b.get(at("export", "Format", format))
		if p.status != 200 || p.err != io.ErrUnexpectedEOF || len(p.body) < 100_000 {
			t.Errorf("%s: %d with %d bytes, then %v; want a part and a broken connection", format, p.status, len(p.body), p.err)
		}
		f.left.Store(0)
	}
}

func TestADownloadStopsWithItsReader(t *testing.T) {
	st := memory.New()
	for range 1000 {
		add(t, st, store.Feedback{Text: strings.Repeat("x", 10_000)})
	}
	b := open(t, st)
	req, _ := http.NewRequest("GET", b.url+at("export", "Format", "ndjson"), nil)
	req.SetBasicAuth(accountA, "secret")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(resp.Body, make([]byte, 10))
	resp.Body.Close()
	b.is(200, "./", assistant) // the server is well, and its Close in Cleanup waits for the download
}

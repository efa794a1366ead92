package httptests

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
)

// changes are how many testRandomChanges makes.
var changes = map[bool]int{false: 3000, true: 10_000}[os.Getenv("FEEDBACKS_LONG") != ""]

// testRandomChanges makes thousands of creates, votes, flips, undos and erasures, by
// several workers at once, each through a handler of its own, and holds summaries
// and the list against what the workers know to be left.
func testRandomChanges(t *testing.T, st store.Store) {
	const workers = 8
	known := make([]map[string]record, workers)
	var done sync.WaitGroup
	for i := range workers {
		w := newWorker(t, st, i)
		known[i] = w.known
		done.Go(func() {
			for n := 0; n < changes/workers && !t.Failed(); n++ {
				w.change()
			}
		})
	}
	done.Wait()
	if t.Failed() {
		return
	}
	all := []record{}
	for _, rs := range known {
		all = slices.AppendSeq(all, maps.Values(rs))
	}
	slices.SortFunc(all, newestFirst)
	t.Logf("%d records are left", len(all))
	if len(all) < 500 {
		t.Errorf("%d records are left: too few to tell sums apart", len(all))
	}

	a := newAPI(t, st)
	got := a.list(nil)
	for i := range got {
		got[i].UpdatedAt = time.Time{} // which the workers do not know
	}
	if got, want := fmt.Sprint(got), fmt.Sprint(all); got != want {
		t.Errorf("the list is\n%.2000s\nwant what is left\n%.2000s", got, want)
	}
	for _, filter := range []url.Values{
		nil, {"Tag": {"a"}}, {"Tag": {"b b"}, "HasText": {"true"}}, {"SessionId": {"s"}}, {"Metadata": {"model:x-1"}}, {"HasCorrection": {"true"}, "HasText": {"false"}}, {"UserId": {"w3 1"}}, {"MaxScore": {"0.5"}}, {"MinScore": {"0.5000001"}},
		{"DateCreatedAfter": {"2026-11-25"}}, {"DateCreatedBefore": {"2026-11-30T07:08:09.123456Z"}, "DateCreatedAfter": {"2026-11-23T01:00:00Z"}},
		{"DateCreatedBefore": {"2026-11-28T07:08:09Z"}, "Tag": {"a"}},
	} {
		for _, by := range []string{"", "hour", "day", "week", "month"} {
			a.sums(filter, by, all)
		}
	}
	for _, filter := range []url.Values{{"DateCreatedBefore": {"2026-11-26T15:00:00Z"}}, {"Tag": {"a"}}, {"MinScore": {"0"}}} { // everyone's
		want := fmt.Sprintf(`{"deleted":%d}`, len(selected(filter, all)))
		if got := a.ok(200, "DELETE", feedbacks+"?"+filter.Encode(), "").body; got != want {
			t.Errorf("DELETE ?%s answered %s, want %s", filter.Encode(), got, want)
		}
		all = slices.DeleteFunc(all, func(r record) bool { return selects(filter, r) })
		a.sums(nil, "day", all)
		a.sums(url.Values{"Tag": {"b b"}}, "day", all)
	}
	if got := a.ok(200, "GET", summaries, "").body; !strings.HasPrefix(got, `{"count":0,"mean_score":null,`) || !strings.HasSuffix(got, `"tags":{},"tags_complete":true}`) {
		t.Errorf("the summary of nothing is %s", got)
	}
}

// A worker makes random changes to the feedback of its own users.
type worker struct {
	t     *testing.T
	h     http.Handler
	rnd   *rand.Rand
	name  string
	known map[string]record // by id
}

func newWorker(t *testing.T, st store.Store, n int) *worker {
	w := &worker{t: t, rnd: rand.New(rand.NewPCG(6, uint64(n))), name: fmt.Sprintf("w%d", n), known: map[string]record{}}
	w.h = handler.New(st, &handler.Options{Authenticate: authenticate, Now: func() time.Time {
		return noon.Add(time.Duration(w.rnd.Int64N(int64(10*24*time.Hour))) / 1000 * 1000)
	}})
	return w
}

// change makes one change: mostly such that records are left.
func (w *worker) change() {
	user := fmt.Sprint(w.name, " ", w.rnd.IntN(5))
	body := draw(w.rnd)
	body["user_id"] = user
	session, message := body["session_id"].(string), fmt.Sprint("m", w.rnd.IntN(20))
	vote := assistant + "/Sessions/" + url.PathEscape(session) + "/Messages/" + message + "/Feedback"
	if w.rnd.IntN(4) == 0 {
		vote, message = assistant+"/Sessions/"+url.PathEscape(session)+"/Feedback", ""
	}
	voted, isVoted := record{}, false
	for _, r := range w.known {
		if r.Vote && r.SessionID == session && r.MessageID == message && r.UserID == user {
			voted, isVoted = r, true
		}
	}
	switch n := w.rnd.IntN(100); {
	case n < 40:
		w.know(w.do(201, "POST", feedbacks, body), body, false)
	case n < 80:
		body["message_id"] = message
		status := map[bool]int{true: 200, false: 201}[isVoted]
		now := w.know(w.do(status, "PUT", vote, body), body, true)
		if isVoted && (now.ID != voted.ID || !now.CreatedAt.Equal(voted.CreatedAt)) {
			w.t.Errorf("a vote was replaced by another record: %+v by %+v", voted, now)
		}
	case n < 90:
		w.do(map[bool]int{true: 204, false: 404}[isVoted], "DELETE", vote+"?UserId="+url.QueryEscape(user), nil)
		delete(w.known, voted.ID)
	case n < 98:
		for id := range w.known {
			w.do(204, "DELETE", feedbacks+"/"+id, nil)
			delete(w.known, id)
			break
		}
	default:
		filter := url.Values{"UserId": {user}, "SessionId": {session}}
		if w.rnd.IntN(2) == 0 {
			filter = url.Values{"UserId": {user}, "MaxScore": {"0.25"}}
		}
		ans := w.do(200, "DELETE", feedbacks+"?"+filter.Encode(), nil)
		count := len(w.known)
		maps.DeleteFunc(w.known, func(_ string, r record) bool { return selects(filter, r) })
		if want := fmt.Sprintf(`{"deleted":%d}`, count-len(w.known)); ans != want {
			w.t.Errorf("DELETE ?%s answered %s, want %s", filter.Encode(), ans, want)
		}
	}
}

// know notes what was sent as what is stored; only the id and the time of
// creation are the answer's.
func (w *worker) know(answer string, body map[string]any, vote bool) record {
	r := decode[record](w.t, encode(body))
	got := decode[record](w.t, answer)
	r.ID, r.CreatedAt, r.Vote = got.ID, got.CreatedAt, vote
	w.known[r.ID] = r
	return r
}

func (w *worker) do(status int, method, path string, body map[string]any) string {
	b, _ := json.Marshal(body)
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(string(b)))
	r.SetBasicAuth("account", "")
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	if rec.Code != status {
		w.t.Errorf("%s %s %s: %d %s, want %d", method, path, b, rec.Code, rec.Body, status)
	}
	return rec.Body.String()
}

package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A world is some accounts, with assistants, sessions, messages and users of the
// same names, on a store that others use too. Its clock goes on with each call, so
// that what is made by a call has the same time in the world and in the shadow.
type world struct {
	t       *testing.T
	st      store.Store
	rnd     *rand.Rand
	now     atomic.Int64 // microseconds
	site    *site
	shadows map[store.Scope]*site // each has only the records of its scope
	callers []caller
	scopes  []store.Scope
	pairs   []pair
	keys    map[string]bool // the Idempotency-Keys that were used, with who did

	calls, acknowledged, foreign, refused, wrong int
	problems                                     []string
}

// A pair is an id or a PageToken, as the world and the shadow have it.
type pair struct {
	scope         store.Scope
	world, shadow string
	query         url.Values // of the list that a PageToken is of
}

func newWorld(t *testing.T, st store.Store, n int, rnd *rand.Rand) *world {
	w := &world{t: t, st: st, rnd: rnd, shadows: map[store.Scope]*site{}, keys: map[string]bool{}}
	w.now.Store(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).UnixMicro())
	opts := &handler.Options{Authenticate: authenticate, Tokens: handler.NewTokens(tokenKey), VisitorTags: visitorTags, Logger: quiet, Now: func() time.Time { return time.UnixMicro(w.now.Load()) }}
	w.site = openSite(t, st, opts)
	// one string when account and assistant are joined
	accounts, assistants := []string{fmt.Sprintf("ACworld%d", n), fmt.Sprintf("ACworld%dx", n)}, []string{"xy", "y"}
	for _, account := range accounts {
		for _, assistant := range assistants {
			scope := store.Scope{Account: account, Assistant: assistant}
			w.scopes = append(w.scopes, scope)
			w.shadows[scope] = openSite(t, memory.New(), opts)
		}
	}
	w.callers = callersOf(t, accounts, assistants)
	return w
}

// call sends a random call of a random caller to the world and to the shadow.
func (w *world) call() {
	w.now.Add(1000)
	c := w.callers[w.rnd.IntN(len(w.callers))]
	q := w.draw(c)
	scope := store.Scope{Account: c.account, Assistant: q.assistant}
	writes := c.visitor != nil && q.method != "GET"
	var before string
	if writes {
		before = w.others(c, scope)
	}
	headers := append(q.headers, "Authorization", c.authorization)
	a, err := w.site.do(w.t.Context(), q.method, q.path, q.body, headers...)
	b, err2 := w.shadows[scope].do(w.t.Context(), q.method, w.translate(scope, q.path), w.translate(scope, q.body), headers...)
	w.calls++
	if a.status < 300 {
		w.acknowledged++
	}
	if q.foreign {
		w.foreign++
	}
	told, want := w.told(w.site, a), w.told(w.shadows[scope], b)
	switch {
	case err != nil || err2 != nil:
		w.problem(c, a, fmt.Sprintf("%v, %v", err, err2))
	case told != want:
		w.problem(c, a, "the scope alone: "+want)
	case q.stray && a.status < 400:
		w.problem(c, a, "the PageToken is of another list")
	case c.visitor != nil && strings.Contains(a.body, hosts):
		w.problem(c, a, "tells a visitor of what is the host's")
	case c.nobody && a.status != 401:
		w.problem(c, a, "want 401")
	}
	if q.key != "" {
		used := fmt.Sprint(scope, " ", q.key)
		if v := c.visitor; v != nil {
			used += fmt.Sprintf(" %q %q", v.Session, v.User)
		}
		if a.status == 409 && !w.keys[used] {
			w.problem(c, a, "the Idempotency-Key is another's")
		}
		w.keys[used] = true
	}
	for _, m := range marksIn(a.body) {
		if !c.may(q.assistant, m) {
			w.problem(c, a, fmt.Sprintf("tells of %+v", m))
			break
		}
	}
	if c.nobody && a.status == 401 {
		w.refused++
	}
	if writes {
		if after := w.others(c, scope); after != before {
			w.problem(c, a, fmt.Sprintf("changed others' records from\n%s\nto\n%s", before, after))
		}
	}
	w.learn(scope, q, a, b)
}

func (w *world) problem(c caller, a sent, what string) {
	w.wrong++
	w.problems = append(w.problems, fmt.Sprintf("%v: %s %s %s: %d %s\n%s", c, a.method, a.path, a.asked, a.status, a.body, what))
}

// others returns the records of a scope that are not the visitor's own.
func (w *world) others(c caller, scope store.Scope) string {
	var b strings.Builder
	for f, err := range store.All(w.t.Context(), w.st, scope, store.Query{}) {
		if err != nil {
			return err.Error()
		}
		if v := c.visitor; scope.Assistant != v.Assistant || f.SessionID != v.Session || f.UserID != v.User || v.Message != "" && f.MessageID != v.Message {
			fmt.Fprintf(&b, "%+v\n", f)
		}
	}
	return b.String()
}

// translate puts the shadow's ids and tokens of a scope in place of the world's.
func (w *world) translate(scope store.Scope, s string) string {
	for _, p := range w.pairs {
		if p.scope == scope {
			s = strings.ReplaceAll(s, p.world, p.shadow)
		}
	}
	return s
}

var (
	idTail   = regexp.MustCompile(`(aia_fdbk_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{12}`)
	newToken = regexp.MustCompile(`PageToken=[\w-]+|"token":"[^"]*","expires_at":"[^"]*"`)
)

// told returns what an answer tells, without what is random.
func (w *world) told(s *site, a sent) string {
	told := fmt.Sprint(a.status, " ", a.header["Location"], a.header["Allow"], a.header["Content-Type"], a.header["Www-Authenticate"], " ", a.body)
	return idTail.ReplaceAllString(newToken.ReplaceAllString(strings.ReplaceAll(told, s.url, "http://host"), "token"), "$1")
}

// learn remembers the ids and the PageTokens of an answer, for later calls of
// anyone.
func (w *world) learn(scope store.Scope, q query, a, b sent) {
	type told struct {
		ID   string
		Meta struct {
			Next     string `json:"next_page_url"`
			Previous string `json:"previous_page_url"`
		}
	}
	var world, shadow told
	if a.status >= 300 || json.Unmarshal([]byte(a.body), &world) != nil || json.Unmarshal([]byte(b.body), &shadow) != nil {
		return
	}
	known := func(p pair) bool { return p.scope == scope && p.world == world.ID }
	if world.ID != "" && shadow.ID != "" && !slices.ContainsFunc(w.pairs, known) {
		w.pairs = append(w.pairs, pair{scope: scope, world: world.ID, shadow: shadow.ID})
	}
	for _, links := range [][2]string{{world.Meta.Next, shadow.Meta.Next}, {world.Meta.Previous, shadow.Meta.Previous}} {
		ours, err := url.Parse(links[0])
		theirs, err2 := url.Parse(links[1])
		if err != nil || err2 != nil || ours.Query().Get("PageToken") == "" {
			continue
		}
		w.pairs = append(w.pairs, pair{scope, ours.Query().Get("PageToken"), theirs.Query().Get("PageToken"), ours.Query()})
	}
}

package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A mark is in the text of every record, and in the tags of those that no visitor
// made, and says whose it is; so do corrections and metadata, where there are any.
type mark struct{ account, assistant, session, user string }

func (m mark) String() string {
	return fmt.Sprintf("mark(%s/%s/%s/%s)", m.account, m.assistant, m.session, m.user)
}

// hosts marks metadata and tags of the host's, which no visitor is told.
const hosts = "the host's "

var visitorTags = []string{"a", "b"}

var marks = regexp.MustCompile(`mark\(([^/()]*)/([^/()]*)/([^/()]*)/([^/()]*)\)`)

func marksIn(s string) (ms []mark) {
	for _, m := range marks.FindAllStringSubmatch(s, -1) {
		ms = append(ms, mark{m[1], m[2], m[3], m[4]})
	}
	return ms
}

// A query is what a caller sends.
type query struct {
	assistant          string
	method, path, body string
	headers            []string
	foreign            bool   // it names what another has
	key                string // its Idempotency-Key
	stray              bool   // it has a PageToken of another list
}

func (w *world) any(from ...string) string { return from[w.rnd.IntN(len(from))] }

func (w *world) chance(percent int) bool { return w.rnd.IntN(100) < percent }

// draw draws a call, of whatever is the caller's own or not.
func (w *world) draw(c caller) (q query) {
	q.assistant = w.scopes[w.rnd.IntN(len(w.scopes))].Assistant
	if c.visitor != nil && w.chance(70) {
		q.assistant = c.visitor.Assistant
	}
	q.foreign = c.nobody || c.visitor != nil && c.visitor.Assistant != q.assistant
	session, message, user := w.any("s", "t"), w.any("", "m", "n"), w.any("", "ann", "bob")
	if c.visitor != nil && w.chance(50) {
		session, message, user = c.visitor.Session, cmp.Or(c.visitor.Message, message), c.visitor.User
	}
	m := mark{c.account, q.assistant, session, user}
	if c.visitor != nil {
		m.user = cmp.Or(user, c.visitor.User)
		q.foreign = q.foreign || m.session != c.visitor.Session || m.user != c.visitor.User
	}
	below := "/v1/Assistants/" + q.assistant
	said := map[string]any{"score": float64(w.rnd.IntN(11)) / 10, "text": m.String(), "tags": []string{hosts + m.String(), w.any(visitorTags...)}}
	if c.visitor != nil { // who may give no others
		said["tags"] = []string{w.any(visitorTags...)}
	}
	if w.chance(40) {
		said["correction"] = m.String()
	}
	if w.chance(70) && (c.visitor == nil || w.chance(20)) { // a visitor may not
		said["metadata"] = map[string]string{"trace_id": hosts + m.String()}
	}
	switch n := w.rnd.IntN(100); {
	case n < 24:
		q.method, q.path = "POST", below+"/Feedbacks"
		said["session_id"], said["message_id"], said["user_id"] = session, message, user
		if w.chance(40) {
			said["score"], said["tags"] = 1, nil // so that some repeat what another caller has sent
			delete(said, "correction")
			delete(said, "metadata")
			q.key = w.any("k", "K")
			q.headers = []string{"Idempotency-Key", q.key}
		}
	case n < 50:
		q.method, q.path = w.any("PUT", "PUT", "PUT", "GET", "GET", "DELETE"), below+"/Sessions/"+session
		if message != "" {
			q.path += "/Messages/" + message
		}
		if q.path += "/Feedback"; user != "" {
			q.path += "?UserId=" + user
		}
	case n < 65:
		q.method, q.path = w.any("GET", "GET", "HEAD", "DELETE"), below+"/Feedbacks/"+w.id(c, &q)
	case n < 82:
		q.method, q.path = "GET", below+"/Feedbacks?"+w.list(c, &q).Encode()
	case n < 88:
		filter := w.filter(c)
		filter.Set("Interval", "day")
		q.method, q.path = "GET", below+"/Feedbacks/Summary?"+filter.Encode()
	case n < 93:
		q.method, q.path = "DELETE", below+"/Feedbacks?"+w.filter(c).Encode()
	case n < 98:
		q.method, q.path, q.headers = "POST", below+"/Feedbacks", []string{"Content-Type", "application/x-ndjson"}
		q.body = w.file(c, &q, m)
	default:
		q.method, q.path = "POST", below+"/FeedbackTokens"
		said = map[string]any{"session_id": session, "user_id": user}
	}
	if q.body == "" && (q.method == "POST" || q.method == "PUT") {
		body, _ := json.Marshal(said)
		q.body, q.headers = string(body), append(q.headers, "Content-Type", "application/json")
	}
	return q
}

// known draws an id or a PageToken, mostly another's; ok is false without one.
func (w *world) known(c caller, q *query, token bool) (p pair, ok bool) {
	recent := w.pairs[max(0, len(w.pairs)-200):]
	for range 20 {
		if len(recent) == 0 {
			break
		}
		if p = recent[w.rnd.IntN(len(recent))]; (p.query != nil) == token {
			q.foreign = q.foreign || p.scope != store.Scope{Account: c.account, Assistant: q.assistant}
			return p, true
		}
	}
	return p, false
}

func (w *world) id(c caller, q *query) string {
	if p, ok := w.known(c, q, false); ok {
		return p.world
	}
	return store.MinID(time.UnixMicro(w.now.Load()))
}

// filter draws conditions, at least one.
func (w *world) filter(c caller) url.Values {
	other := w.scopes[w.rnd.IntN(len(w.scopes))]
	v := url.Values{}
	for range 1 + w.rnd.IntN(2) {
		name := w.any("SessionId", "MessageId", "UserId", "Tag", "Text", "Metadata", "HasCorrection", "MinScore", "HasText", "DateCreatedAfter")
		v.Set(name, map[string]string{
			"SessionId": w.any("s", "t"), "MessageId": w.any("m", "n"), "UserId": w.any("ann", "bob"), "MinScore": w.any("0", "0.5"), "HasText": "true", "HasCorrection": w.any("true", "false"),
			"Metadata":         "trace_id:" + hosts + mark{other.Account, other.Assistant, "s", "ann"}.String(),
			"Tag":              w.any("a", "b", hosts+mark{other.Account, other.Assistant, "s", "ann"}.String()),
			"Text":             w.any("E", hosts, mark{other.Account, other.Assistant, "s", "ann"}.String()),
			"DateCreatedAfter": time.UnixMicro(w.now.Load()).Add(-100 * time.Millisecond).UTC().Format(time.RFC3339Nano),
		}[name])
	}
	return v
}

// list draws the parameters of a list.
func (w *world) list(c caller, q *query) url.Values {
	switch w.rnd.IntN(8) {
	case 0:
		return url.Values{}
	case 1:
		v := w.filter(c)
		v.Set("Format", w.any("csv", "ndjson"))
		return v
	case 2:
		return w.filter(c)
	case 3, 4:
		v := url.Values{"PageSize": {w.any("1", "2", "3")}, "Order": {w.any("asc", "desc")}}
		if w.chance(50) {
			v.Set("SessionId", "s")
		}
		return v
	}
	p, ok := w.known(c, q, true)
	switch {
	case !ok:
		return url.Values{"PageSize": {"1"}}
	case w.chance(70):
		q.stray = p.scope != store.Scope{Account: c.account, Assistant: q.assistant}
		return p.query // with its token
	}
	q.stray = true
	v := w.filter(c)
	v.Set("PageToken", p.world)
	return v
}

// file draws a file to import, of records of the caller's, some with others' ids
// or said to be others'.
func (w *world) file(c caller, q *query, m mark) string {
	var b strings.Builder
	for range 3 {
		line := map[string]any{"id": w.any(w.id(c, q), "foreign", store.MinID(time.UnixMicro(w.now.Load()))), "created_at": nil, "session_id": m.session, "user_id": m.user, "score": 1, "text": m.String(), "vote": w.chance(30),
			"tags": []string{hosts + m.String()}, "correction": m.String(), "metadata": map[string]string{"trace_id": hosts + m.String()}}
		if line["id"] == "foreign" {
			line["created_at"] = "2026-11-21T00:00:00Z"
		}
		if w.chance(20) {
			other := w.scopes[w.rnd.IntN(len(w.scopes))]
			line["account_sid"], line["assistant_id"] = other.Account, other.Assistant
		}
		data, _ := json.Marshal(line)
		b.Write(append(data, '\n'))
	}
	return b.String()
}

// compareAll holds all that there is of each scope against its shadow.
func (w *world) compareAll() {
	for _, scope := range w.scopes {
		c := caller{authorization: basic(scope.Account), account: scope.Account}
		for _, path := range []string{"/Feedbacks?Format=ndjson", "/Feedbacks/Summary", "/Feedbacks/Summary?Interval=hour"} {
			path = "/v1/Assistants/" + scope.Assistant + path
			a, err := w.site.do(w.t.Context(), "GET", path, "", "Authorization", c.authorization)
			b, err2 := w.shadows[scope].do(w.t.Context(), "GET", path, "", "Authorization", c.authorization)
			if told, want := w.told(w.site, a), w.told(w.shadows[scope], b); err != nil || err2 != nil || told != want || a.status != 200 {
				w.problem(c, a, "in the end, the scope alone: "+want)
			}
		}
	}
}

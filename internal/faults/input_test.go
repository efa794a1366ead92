package faults

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/corpora"
	"github.com/humanfeedback/feedbacks/store"
)

// input: strings and bodies that have broken other software, in every position, are
// refused or come back exactly as they were sent, and none is a 5xx.
var input = part{"input", []string{"memory", "sqlite", "postgres", "redis", "cluster"}, runInput}

// inputs send bad input to a site, and note what is wrong with the answers.
type inputs struct {
	*site
	mu       sync.Mutex
	r        row
	problems []string // the first
}

func runInput(t *testing.T, on target) row {
	in := sendInput(t, start(t, on.store).open(t))
	for _, problem := range in.problems {
		t.Error(problem)
	}
	return in.r
}

// sendInput sends the project's own tables of bad input, and both corpora if they
// are there.
func sendInput(t *testing.T, st store.Store) *inputs {
	in := &inputs{site: openSite(t, st, &handler.Options{Authenticate: authenticate, Tokens: handler.NewTokens(tokenKey), Logger: quiet})}
	strs, bodies := corpora.Naughty(t), corpora.Malformed(t)
	in.r.Note = fmt.Sprintf("%d strings and %d bodies", len(strs), len(bodies))
	jobs := make(chan func())
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for do := range jobs {
				do()
			}
		})
	}
	for i, s := range strs {
		for n, send := range []func(below, s string){in.inBodies, in.inLines, in.inPaths, in.inQueries, in.inHeaders} {
			jobs <- func() { send(fmt.Sprintf("/v1/Assistants/string%d-%d", i, n), s) }
		}
	}
	for name, body := range bodies {
		jobs <- func() { in.asBody(name, body) }
	}
	close(jobs)
	done.Wait()
	return in
}

// wrong counts a wrong answer, or what was accepted and is lost.
func (in *inputs) wrong(n *int, a sent, want any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	*n++
	if len(in.problems) < 10 { // which says enough
		in.problems = append(in.problems, fmt.Sprintf("%s %.200q %.300q: %d %.300q, want %v", a.method, a.path, a.asked, a.status, a.body, want))
	}
}

// ask sends a request, as the account unless headers say otherwise, and returns
// the answer, which must have one of the statuses; a 5xx is never right. A status
// of 0 is of a request that no client can send.
func (in *inputs) ask(method, path, body string, headers []string, statuses ...int) sent {
	headers = append([]string{"Authorization", basic(accountA), "Content-Type", "application/json"}, headers...)
	a, err := in.do(in.t.Context(), method, path, body, headers...)
	if err != nil && a.status == 0 && strings.Contains(err.Error(), "invalid header field") {
		return a
	}
	in.mu.Lock()
	in.r.Attempted++
	if a.status == 201 || a.status == 204 {
		in.r.Acknowledged++
	}
	in.mu.Unlock()
	for _, status := range statuses {
		if err == nil && a.status == status {
			return a
		}
	}
	if a.body += fmt.Sprint(err); len(statuses) > 0 || a.status >= 500 || err != nil {
		in.wrong(&in.r.Wrong, a, statuses)
	}
	return a
}

// holds asserts that the answer to a GET is, or has in it, what was answered
// before.
func (in *inputs) holds(path, answer string) {
	if a := in.ask("GET", path, "", nil, 200); !strings.Contains(a.body, answer) {
		in.wrong(&in.r.Lost, a, answer)
	}
}

// asBody sends a malformed body, or one that is none of ours, as a body and where
// values are.
func (in *inputs) asBody(name, body string) {
	below := "/v1/Assistants/body" + url.PathEscape(strings.ReplaceAll(name, ".", "-"))
	value := func(field string) string {
		return fmt.Sprintf(`{"session_id":"s","score":1,%q:%s}`, field, body)
	}
	statuses := []int{400, 413}
	if !strings.HasPrefix(name, "n_") {
		statuses = append(statuses, 201)
	}
	for _, whole := range []string{body, `{"score":1,"session_id":` + body + `}`, `{"session_id":"s","score":` + body + `}`, value("message_id"), value("user_id"), value("text"), value("tags")} {
		if a := in.ask("POST", below+"/Feedbacks", whole, nil, statuses...); a.status == 201 {
			in.holds(strings.TrimPrefix(a.header.Get("Location"), in.url), a.body)
		}
		vote := below + "/Sessions/s/Messages/m/Feedback"
		switch a := in.ask("PUT", vote, whole, nil, append(statuses, 200)...); a.status {
		case 200, 201:
			in.holds(vote+"?"+userOf(a.body), a.body)
		}
		in.ask("POST", below+"/FeedbackTokens", whole, nil, statuses...)
		a := in.ask("POST", below+"x/Feedbacks", whole, []string{"Content-Type", "application/x-ndjson"}, 200)
		if strings.HasPrefix(name, "n_") && !strings.HasPrefix(a.body, `{"created":0,`) {
			in.wrong(&in.r.Wrong, a, "no record")
		}
	}
}

// userOf returns the query that names the user of a record, "" when it has none.
func userOf(body string) string {
	var f struct {
		UserID string `json:"user_id"`
	}
	if json.Unmarshal([]byte(body), &f); f.UserID == "" {
		return ""
	}
	return "UserId=" + url.QueryEscape(f.UserID)
}

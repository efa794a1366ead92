package handler_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// talking returns options with conversations of two turns, of which the answer is
// message m; of the session "lost" nothing is known.
func talking(t *testing.T) *handler.Options {
	opts := quiet()
	opts.Conversation = func(_ context.Context, s store.Scope, session string) ([]handler.Turn, error) {
		if s.Account != accountA || s.Assistant != "aia_asst_1" {
			t.Errorf("asked for a session of %v", s)
		}
		if session == "lost" {
			return nil, errors.New("secret cause")
		}
		return []handler.Turn{{Role: "user", Text: "question of " + session}, {MessageID: "m", Role: "assistant", Text: "answer"}}, nil
	}
	return opts
}

func rated(session string, score float64, at time.Duration) store.Feedback {
	f := record(accountA, noon.Add(at))
	f.SessionID, f.MessageID, f.Score, f.UserID = session, "m", score, "ann"
	return f
}

func create(t *testing.T, st store.Store, fs ...store.Feedback) {
	t.Helper()
	for _, f := range fs {
		if _, err := st.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
}

// dataset reads one, with its trailer.
func (a api) dataset(query string) (body, skipped string, header http.Header) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), "GET", a.url+feedbacks+query, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	req.SetBasicAuth(a.user[0], a.user[1])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		a.t.Fatalf("%s: %d %s, %v", query, resp.StatusCode, b, err)
	}
	return string(b), resp.Trailer.Get("Feedbacks-Skipped"), resp.Header
}

func TestADatasetHasWhatTheFiltersSelect(t *testing.T) {
	st := memory.New()
	var log strings.Builder
	opts := talking(t)
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	a := serve(t, handler.New(st, opts))
	for _, format := range []string{"kto", "dpo", "dpo&Review=any", "promptfoo"} {
		if body, skipped, _ := a.dataset("?Format=" + format); body != "" || skipped != "0" {
			t.Errorf("of nothing: %s, without %q", body, skipped)
		}
	}
	other := rated("s", 1, 0)
	other.Scope.Account = accountB
	corrected, lost := rated("two", 0, time.Second), rated("lost", 0, 3*time.Second)
	corrected.Correction, lost.Correction = "better", "better"
	create(t, st, other, rated("one", 1, 1), corrected, rated("lost", 1, 2*time.Second), lost, rated("one", 0.5, 4*time.Second))
	const kto = `{"prompt":[{"role":"user","content":"question of one"}],"completion":[{"role":"assistant","content":"answer"}],"label":true}` + "\n" +
		`{"prompt":[{"role":"user","content":"question of two"}],"completion":[{"role":"assistant","content":"answer"}],"label":false}` + "\n"
	body, skipped, header := a.dataset("?Format=kto&Order=asc")
	if body != kto || skipped != "2" || header.Get("Content-Type") != "application/x-ndjson" || !strings.Contains(header.Get("Content-Disposition"), ".kto.jsonl") {
		t.Errorf("%s, without %s, %v", body, skipped, header)
	}
	if l := log.String(); strings.Count(l, "\n") != 1 || !strings.Contains(l, "level=WARN") || !strings.Contains(l, "records=2") || !strings.Contains(l, "secret cause") || strings.Contains(l, "question of") {
		t.Errorf("the log has %s", l)
	}
	const dpo = `{"input":{"messages":[{"role":"user","content":"question of two"}]},"preferred_output":[{"role":"assistant","content":"better"}],"non_preferred_output":[{"role":"assistant","content":"answer"}]}` + "\n"
	if body, skipped, _ := a.dataset("?Format=dpo"); body != "" || skipped != "0" {
		t.Errorf("before a review: %s, without %s", body, skipped)
	}
	if body, skipped, header := a.dataset("?Format=dpo&Review=any"); body != dpo || skipped != "1" || !strings.Contains(header.Get("Content-Disposition"), ".dpo.jsonl") {
		t.Errorf("with any review: %s, without %s", body, skipped)
	}
	for verdict, want := range map[string]string{"agree": dpo, "disagree": "", "unclear": ""} {
		if ans := a.do("PUT", feedbacks+"/"+corrected.ID+"/Review", `{"verdict":"`+verdict+`"}`); ans.status != 200 {
			t.Fatal(ans.body)
		}
		if body, skipped, _ := a.dataset("?Format=dpo"); body != want || skipped != "0" {
			t.Errorf("%s: %s, without %s", verdict, body, skipped)
		}
	}
	if body, skipped, _ := a.dataset("?Format=kto&MaxScore=0.4&SessionId=two"); strings.Count(body, "\n") != 1 || !strings.Contains(body, "false") || skipped != "0" {
		t.Errorf("filtered: %s, without %s", body, skipped)
	}
	if body, skipped, _ := a.dataset("?Format=promptfoo&Order=asc"); strings.Count(body, "\n") != 2 || strings.Count(body, `"assert"`) != 2 || skipped != "2" {
		t.Errorf("%s, without %s", body, skipped)
	}
	head := a.do("HEAD", feedbacks+"?Format=promptfoo", "")
	if head.status != 200 || head.body != "" || !strings.Contains(head.header.Get("Content-Disposition"), ".promptfoo.jsonl") {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	// After an erasure nothing of the person is in the next dataset.
	if ans := a.do("DELETE", feedbacks+"?UserId=ann", ""); ans.status != 200 {
		t.Fatal(ans.body)
	}
	for _, format := range []string{"kto", "dpo&Review=any", "promptfoo"} {
		if body, skipped, _ := a.dataset("?Format=" + format); body != "" || skipped != "0" {
			t.Errorf("after an erasure: %s, without %s", body, skipped)
		}
	}
}

func TestWhoGetsNoDataset(t *testing.T) {
	opts := talking(t)
	opts.Tokens = handler.NewTokens(newKey)
	opts.Conversation = func(context.Context, store.Scope, string) ([]handler.Turn, error) {
		t.Error("asked for a conversation")
		return nil, nil
	}
	st := memory.New()
	create(t, st, rated("one", 1, 0))
	a := serve(t, handler.New(st, opts))
	for query, message := range map[string]string{"?Review=any": "known with Format=dpo alone", "?Review=any&Format=kto": "Format=dpo alone", "?Review=any&Format=promptfoo": "Format=dpo alone", "?Review=any&Format=csv": "Format=dpo alone",
		"?Review=any&PageSize=5": "Format=dpo alone", "?Review=agree&Format=dpo": "Review must be any", "?Review=&Format=dpo": "Review must not be empty"} {
		a.fails(a.do("GET", feedbacks+query, ""), 400, 20001, message)
	}
	a.fails(a.do("GET", feedbacks+"/Summary?Review=any", ""), 400, 20001, "not a parameter")
	for _, format := range []string{"kto", "dpo", "promptfoo"} {
		a.fails(a.issue(`{"session_id":"one","user_id":"ann"}`).do("GET", feedbacks+"?Format="+format, ""), 403, 20403, "not allow")
		a.fails(a.do("GET", feedbacks+"?PageSize=5&Format="+format, ""), 400, 20001, "PageSize must be absent")
		a.fails(a.do("GET", ofPerson+"?UserId=ann&Format="+format, ""), 400, 20001, "Format must be csv or ndjson")
		a.fails(a.do("GET", feedbacks+"/Summary?Format="+format, ""), 400, 20001, "not a parameter")
		a.fails(serve(t, handler.New(st, quiet())).do("GET", feedbacks+"?Format="+format, ""), 400, 20001, "knows no conversations")
	}
	if ans := a.as(accountB, tokenB).do("GET", feedbacks+"?Format=kto", ""); ans.status != 200 || ans.body != "" {
		t.Errorf("the other account: %d %s", ans.status, ans.body)
	}
}

// What fails before anything is sent is answered as an error, and what breaks off
// later breaks the connection: nothing of it looks whole.
func TestADatasetThatBreaksOffIsNotWhole(t *testing.T) {
	down := serve(t, handler.New(failingStore{fail: func() error { return store.ErrUnavailable }}, talking(t)))
	ans := down.do("GET", feedbacks+"?Format=kto", "")
	down.fails(ans, 503, 20503, "please retry")
	if ans.header.Get("Trailer") != "" || ans.header.Get("Content-Disposition") != "" {
		t.Errorf("an error has the header %v", ans.header)
	}
	st := memory.New()
	for i := range 1500 {
		create(t, st, rated("one", 1, time.Duration(i)*time.Second))
	}
	a := serve(t, handler.New(brokenStore{st, func(context.Context) error { return store.ErrUnavailable }}, talking(t)))
	req, _ := http.NewRequestWithContext(t.Context(), "GET", a.url+feedbacks+"?Format=kto", nil)
	req.SetBasicAuth(accountA, tokenA)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err == nil || resp.Trailer.Get("Feedbacks-Skipped") != "" {
		t.Errorf("%d bytes, and the trailer %v, look whole", len(b), resp.Trailer)
	}
}

// Examples that wait for what was said keep their own tags, also where the next page
// of records is read meanwhile.
func TestExamplesKeepTheirTags(t *testing.T) {
	st := memory.New()
	for i := range 2 * store.MaxLimit {
		f := rated("one", 1, time.Duration(i)*time.Second)
		f.Tags = []string{f.ID[len(f.ID)-12:]}
		create(t, st, f)
	}
	body, _, _ := serve(t, handler.New(st, talking(t))).dataset("?Format=promptfoo")
	n := 0
	for line := range strings.Lines(body) {
		test := decode[struct {
			Metadata struct {
				ID   string
				Tags []string
			}
		}](t, line).Metadata
		if n++; len(test.Tags) != 1 || !strings.HasSuffix(test.ID, test.Tags[0]) {
			t.Errorf("line %d, of %s, has the tags %v", n, test.ID, test.Tags)
		}
	}
	if n != 2*store.MaxLimit {
		t.Errorf("%d lines", n)
	}
}

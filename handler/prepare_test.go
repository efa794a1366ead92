package handler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// A prepare is an Options.Prepare.
type prepare func(context.Context, handler.Operation, handler.Principal, *store.Feedback) error

// prepared serves a handler with a Prepare, as account A. log gets what it logs.
func prepared(t *testing.T, p prepare) (a api, st store.Store, log *bytes.Buffer) {
	st, log = memory.New(), new(bytes.Buffer)
	opts := quiet()
	opts.Logger = slog.New(slog.NewTextHandler(log, nil))
	opts.Tokens = handler.NewTokens(newKey)
	opts.Prepare = p
	return serve(t, handler.New(st, opts)), st, log
}

// stored returns account A's records, oldest first.
func stored(t *testing.T, st store.Store) (fs []store.Feedback) {
	t.Helper()
	for f, err := range store.All(t.Context(), st, store.Scope{Account: accountA, Assistant: "aia_asst_1"}, store.Query{Ascending: true}) {
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, f)
	}
	return fs
}

// ways are the three by which a record comes in.
var ways = []struct {
	op                               handler.Operation
	method, path, start, contentType string
}{
	{handler.OpCreate, "POST", feedbacks, `{"session_id":"demo","message_id":"m","user_id":"ann",`, jsonBody},
	{handler.OpVote, "PUT", onMessage, `{"user_id":"ann",`, jsonBody},
	{handler.OpImport, "POST", feedbacks, `{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb1","session_id":"demo","message_id":"m","user_id":"ann",`, fileBody},
}

// Prepare gets a record as it would be stored, and what it changes is stored, and
// noted.
func TestWhatPrepareChangesIsStored(t *testing.T) {
	for _, way := range ways {
		t.Run(string(way.op), func(t *testing.T) {
			calls := 0
			a, st, _ := prepared(t, func(ctx context.Context, op handler.Operation, p handler.Principal, f *store.Feedback) error {
				calls++
				if op != way.op || p.Account != accountA || p.Visitor != nil || ctx.Err() != nil {
					t.Errorf("it is called for %s of %+v", op, p)
				}
				if f.Check() != nil || f.Scope.Account != accountA || f.UserID != "ann" || f.Metadata == nil || f.IsVote() != (op == handler.OpVote) {
					t.Errorf("it is called with %+v", f)
				}
				f.Text = strings.ReplaceAll(f.Text, "ann@example.com", "[e-mail]")
				f.Correction = strings.ToUpper(f.Correction)
				f.Tags = append(slices.DeleteFunc(f.Tags, func(tag string) bool { return tag == "gone" }), "prompt:7", "given", "prompt:7")
				f.Metadata["model"], f.Metadata["same"], f.Metadata["new"] = "small-2", "1", "2"
				delete(f.Metadata, "gone")
				return nil
			})
			body := way.start + `"score":0,"text":"mail ann@example.com","correction":"c","tags":["gone","given","own"],"metadata":{"model":"forged","same":"1","gone":"x","own":"1"}}`
			ans := a.do(way.method, way.path, body, "Content-Type", way.contentType)
			fs := stored(t, st)
			if ans.status > 201 || len(fs) != 1 || calls != 1 {
				t.Fatalf("%d %s; %d records after %d calls", ans.status, ans.body, len(fs), calls)
			}
			f := fs[0]
			if f.Text != "mail [e-mail]" || f.Correction != "C" || fmt.Sprint(f.Tags) != "[given own prompt:7]" ||
				!maps.Equal(f.Metadata, map[string]string{"model": "small-2", "same": "1", "new": "2", "own": "1"}) || fmt.Sprint(f.Stamped) != "{[prompt:7] [model new]}" {
				t.Errorf("stored was %+v", f)
			}
			if way.contentType == jsonBody && !strings.Contains(ans.body, `"stamped":{"tags":["prompt:7"],"metadata":["model","new"]}`) {
				t.Errorf("the account is answered %s", ans.body)
			}
		})
	}
}

// What was sent again is the same as before, whatever Prepare adds now, and another
// if the caller said so.
func TestPrepareDoesNotDisturbRepeats(t *testing.T) {
	version := 0
	a, st, _ := prepared(t, func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
		f.Text = strings.ReplaceAll(f.Text, "ann@example.com", "[e-mail]")
		if version++; version != 3 { // when the host knows nothing
			f.Tags = append(f.Tags, fmt.Sprint("prompt:", version))
			f.Metadata["model"] = fmt.Sprint("m-", version)
		}
		return nil
	})
	ann := a.issue(`{"session_id":"demo","user_id":"ann","may_post":true}`)
	for who, caller := range map[string]api{"the account": a, "ann": ann} {
		version = 0
		body := `{"session_id":"demo","score":1,"text":"mail ann@example.com","tags":["other"]}`
		if who == "the account" {
			body = strings.Replace(body, `"tags"`, `"metadata":{"model":"mine"},"tags"`, 1)
		}
		first := caller.post(body, "Idempotency-Key", "k")
		for range 4 {
			if again := caller.post(body, "Idempotency-Key", "k"); again.status != 201 || again.body != first.body {
				t.Errorf("%s: POST answered %d %s and then %d %s", who, first.status, first.body, again.status, again.body)
			}
		}
		for _, other := range []string{strings.Replace(body, `"score":1`, `"score":0`, 1), strings.Replace(body, "other", "incorrect", 1), strings.Replace(body, "mail", "write to", 1)} {
			caller.fails(caller.post(other, "Idempotency-Key", "k"), 409, 20409, "another body")
		}
		if who == "ann" && (strings.Contains(first.body, "prompt:") || strings.Contains(first.body, "m-1") || !strings.Contains(first.body, "[e-mail]")) {
			t.Errorf("ann is answered %s", first.body)
		}
	}
	if n := len(stored(t, st)); n != 2 {
		t.Errorf("%d records, want 2", n)
	}
	line := ways[2].start + `"score":0,"text":"mail ann@example.com"}` + "\n"
	for i, want := range []string{`"created":1,"repeated":0`, `"created":0,"repeated":1`} {
		if got := a.do("POST", feedbacks, line, "Content-Type", fileBody).body; !strings.Contains(got, want+`,"failed":0`) {
			t.Errorf("import number %d: %s", i+1, got)
		}
	}
}

// A changed vote gets what the host knows then.
func TestAChangedVoteIsPreparedAnew(t *testing.T) {
	calls := 0
	a, st, _ := prepared(t, func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
		calls++
		f.Tags = append(f.Tags, fmt.Sprint("prompt:", calls))
		return nil
	})
	ann := a.issue(`{"session_id":"demo","user_id":"ann","stamp":{"tags":["arm:b"],"metadata":{"cohort":"7"}}}`)
	for i, tags := range []string{`["other"]`, `[]`, `["other","incorrect"]`} {
		ans := ann.do("PUT", onMessage, `{"score":0,"tags":`+tags+`}`)
		if ans.status > 201 || !strings.Contains(ans.body, `"tags":`+tags) || !strings.Contains(ann.do("GET", onMessage, "").body, `"tags":`+tags) {
			t.Errorf("%s: %d %s", tags, ans.status, ans.body)
		}
		if f := stored(t, st)[0]; fmt.Sprint(f.Stamped) != fmt.Sprintf("{[arm:b prompt:%d] [cohort]}", i+1) || f.Metadata["cohort"] != "7" {
			t.Errorf("%s: stored is %+v", tags, f)
		}
	}
}

// Prepare comes after the visitor's rules, and never sees what breaks one.
func TestPrepareIsNotAskedOfWhatIsRefused(t *testing.T) {
	asked := false
	a, _, _ := prepared(t, func(context.Context, handler.Operation, handler.Principal, *store.Feedback) error {
		asked = true
		return nil
	})
	ann := a.issue(`{"session_id":"demo","user_id":"ann"}`)
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"tags":["prompt:7"]}`), 403, 20403, "tag")
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"metadata":{"a":"b"}}`), 403, 20403, "metadata")
	ann.fails(ann.do("PUT", onMessage, `{"score":1,"user_id":"bob"}`), 403, 20403, "visitor")
	ann.fails(ann.post(`{"session_id":"demo","score":1}`), 403, 20403, "posts")
	for _, way := range ways {
		a.do(way.method, way.path, way.start+`"score":1,"text":"\u0000"}`, "Content-Type", way.contentType)
	}
	a.fails(a.post(`{"session_id":"demo","score":1}`, "Idempotency-Key", strings.Repeat("k", 256)), 400, 20001, "Idempotency-Key")
	a.do("GET", feedbacks, "")
	a.do("DELETE", onMessage, "")
	if asked {
		t.Error("Prepare was asked")
	}
}

func TestWhatPrepareMayNotDo(t *testing.T) {
	const secret = "lookup: password hunter2"
	tooMany := func(f *store.Feedback) error {
		for i := range 10 {
			f.Tags = append(f.Tags, fmt.Sprint("secret", i))
		}
		return nil
	}
	for name, c := range map[string]struct {
		do      func(*store.Feedback) error
		status  int
		message string
		logged  string
	}{
		"refuse": {func(*store.Feedback) error { return &store.FieldError{Field: "text", Rule: "is rude"} }, 400, "text is rude", ""},
		"refuse, wrapped": {func(*store.Feedback) error {
			return fmt.Errorf("%s: %w", secret, &store.FieldError{Field: "text", Rule: "is rude"})
		}, 400, "text is rude", ""},
		"fail":               {func(*store.Feedback) error { return errors.New(secret) }, 503, "please retry", secret},
		"not find":           {func(*store.Feedback) error { return fmt.Errorf("%s: %w", secret, store.ErrNotFound) }, 503, "please retry", secret},
		"panic":              {func(*store.Feedback) error { panic(secret) }, 500, "internal server error", secret},
		"change the id":      {func(f *store.Feedback) error { f.ID = store.NewID(noon); return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the scope":   {func(f *store.Feedback) error { f.Scope.Account = accountB; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the session": {func(f *store.Feedback) error { f.SessionID = "x"; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the message": {func(f *store.Feedback) error { f.MessageID = "x"; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the user":    {func(f *store.Feedback) error { f.UserID = "bob"; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the score":   {func(f *store.Feedback) error { f.Score = 0.5; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the key":     {func(f *store.Feedback) error { f.Key = store.IdempotencyKey("x"); return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"change the time":    {func(f *store.Feedback) error { f.UpdatedAt = noon; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"say what is stamped": {func(f *store.Feedback) error { f.Stamped.Tags = []string{"other"}; return nil }, 500, "internal server error",
			"Options.Prepare changed more"},
		"change it all":  {func(f *store.Feedback) error { *f = store.Feedback{}; return nil }, 500, "internal server error", "Options.Prepare changed more"},
		"break a rule":   {func(f *store.Feedback) error { f.Text = "\x00"; return nil }, 500, "internal server error", "text must not contain U+0000"},
		"give a bad tag": {func(f *store.Feedback) error { f.Tags = append(f.Tags, "secret\n"); return nil }, 500, "internal server error", "tags must not contain control"},
		"give too many":  {tooMany, 400, "tags must be at most 10, the host's among them", ""},
		"give too many, and a bad one": {func(f *store.Feedback) error {
			f.Tags = append(f.Tags, "secret\n")
			return tooMany(f)
		}, 400, "tags must be at most 10, the host's among them", ""},
		"give too many names": {func(f *store.Feedback) error {
			for i := range 17 {
				f.Metadata[fmt.Sprint("secret", i)] = "x"
			}
			return nil
		}, 500, "internal server error", "metadata must have at most 16 names"},
		"give no value":    {func(f *store.Feedback) error { f.Metadata["secret"] = ""; return nil }, 500, "internal server error", "metadata must have values"},
		"give a bad score": {func(f *store.Feedback) error { f.Score = 7; return nil }, 500, "internal server error", "Options.Prepare changed more"},
	} {
		t.Run(name, func(t *testing.T) {
			a, st, log := prepared(t, func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
				return c.do(f)
			})
			ann := a.issue(`{"session_id":"demo","user_id":"ann","may_post":true}`)
			code := map[int]float64{400: 20001, 500: 20500, 503: 20503}[c.status]
			for _, way := range ways {
				log.Reset()
				caller := ann
				if way.op == handler.OpImport {
					caller = a
				}
				ans := caller.do(way.method, way.path, way.start+`"score":0,"tags":["other"]}`, "Content-Type", way.contentType)
				switch {
				case way.op == handler.OpImport && c.status == 400: // one line of many
					if ans.status != 200 || !strings.Contains(ans.body, `"created":0,"repeated":0,"failed":1,"errors":[{"line":1,"message":"`) || !strings.Contains(ans.body, c.message) {
						t.Errorf("import: %d %s", ans.status, ans.body)
					}
				default:
					caller.fails(ans, c.status, code, c.message)
				}
				if strings.Contains(ans.body, "secret") || strings.Contains(ans.body, secret) || (ans.header.Get("Retry-After") != "") != (c.status == 503) {
					t.Errorf("%s: %v %s", way.op, ans.header, ans.body)
				}
				if logged := log.String(); !strings.Contains(logged, c.logged) || c.logged == "" && logged != "" {
					t.Errorf("%s: the log is %q, want %q in it", way.op, logged, c.logged)
				}
			}
			if fs := stored(t, st); len(fs) != 0 {
				t.Errorf("%+v was stored", fs)
			}
		})
	}
}

// An import goes on after a line that Prepare refuses, and breaks off where Prepare
// fails, as where the store does: it can be repeated.
func TestAnImportThatPrepareFails(t *testing.T) {
	var down atomic.Bool
	a, st, _ := prepared(t, func(_ context.Context, _ handler.Operation, _ handler.Principal, f *store.Feedback) error {
		switch {
		case f.Text == "rude":
			return &store.FieldError{Field: "text", Rule: "is rude"}
		case f.Text == "unknown" && down.Load():
			return errors.New("the look-up timed out")
		}
		return nil
	})
	var file strings.Builder
	for i, text := range []string{"one", "rude", "unknown", "two"} {
		fmt.Fprintf(&file, `{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb%d","session_id":"demo","score":1,"text":%q}`+"\n", i, text)
	}
	down.Store(true)
	a.fails(a.do("POST", feedbacks, file.String(), "Content-Type", fileBody), 503, 20503, "please retry")
	down.Store(false)
	ans := a.do("POST", feedbacks, file.String(), "Content-Type", fileBody)
	got := decode[struct {
		Created, Repeated, Failed int
		Errors                    []struct{ Line int }
	}](t, ans.body)
	if got.Created+got.Repeated != 3 || got.Failed != 1 || len(got.Errors) != 1 || got.Errors[0].Line != 2 || len(stored(t, st)) != 3 {
		t.Errorf("%s, and %d are stored", ans.body, len(stored(t, st)))
	}
}

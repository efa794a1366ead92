package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// assistantsPage is how many assistants a page has.
const assistantsPage = 50

// A listed assistant is one of the start page.
type listed struct {
	*selection
	Waiting string // how many of its records wait, up to a thousand; "" where none does
}

// home shows the assistants of the account.
func (v *visit) home() error {
	data := struct {
		view
		Assistants []listed
		First      bool   // of the pages
		Next       string // the page after this one, if any
		Command    string // to paste where there is nothing yet
	}{view: v.view("Assistants", nil), First: !v.query.Has("After"), Command: v.command("aia_asst_demo")}

	after := v.query.Get("After")
	if after != "" && store.CheckID("After", after) != nil {
		return errPosition
	}
	ctx, cancel := v.context()
	defer cancel()
	account := v.principal.Account
	// The account's scopes are next to each other, and those of other accounts
	// come after. One more than fits tells whether there is a next page.
	scopes, err := v.store.Scopes(ctx, store.Scope{Account: account, Assistant: after}, assistantsPage+1)
	if err != nil {
		return err
	}
	for _, s := range scopes {
		if s.Account != account {
			break
		}
		if len(data.Assistants) == assistantsPage {
			data.Next = "./?" + url.Values{"After": {data.Assistants[assistantsPage-1].Assistant}}.Encode()
			break
		}
		data.Assistants = append(data.Assistants, listed{&selection{Assistant: s.Assistant}, ""})
	}
	if err := v.countWaiting(ctx, data.Assistants); err != nil {
		return err
	}
	return v.show(http.StatusOK, "assistants.html", data)
}

// countWaiting says of assistants how much waits, as long as that takes no more than a
// second in all: they are what was asked for.
func (v *visit) countWaiting(ctx context.Context, assistants []listed) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for i := range assistants {
		a := &assistants[i]
		n, more, err := v.waiting(ctx, a.selection)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			a.Waiting = "Waiting" // the link is of use without a number
		case err != nil:
			return err
		case more:
			a.Waiting = number(mostCounted) + "+ waiting"
		case n > 0:
			a.Waiting = number(int64(n)) + " waiting"
		}
	}
	return nil
}

// mostCounted is up to how many records that wait are counted.
const mostCounted = 1000

// waiting counts the records that wait, and says whether there are more. It reads few
// at a time: their notes may be long.
func (v *visit) waiting(ctx context.Context, s *selection) (n int, more bool, err error) {
	q := store.Query{Filter: store.Filter{Waiting: new(true)}, Limit: 100}
	for n < mostCounted {
		page, err := v.store.List(ctx, s.scope(v), q)
		if err != nil {
			return 0, false, err
		}
		if n += len(page.Feedbacks); page.Next == "" {
			return n, false, nil
		}
		q.After = page.Next
	}
	return n, true, nil
}

// command returns the guide's command that gives a first feedback.
func (v *visit) command(assistant string) string {
	base := v.opts.BaseURL
	if base == "" {
		base = "http://" + v.r.Host
		if v.r.TLS != nil {
			base = "https://" + v.r.Host
		}
	}
	return "curl -X POST -H 'Content-Type:application/json' \\\n" +
		"  '" + base + "/v1/Assistants/" + url.PathEscape(assistant) + "/Feedbacks' \\\n" +
		`  -d '{"session_id":"demo", "score": 1, "text": "problem resolved" }'` + " \\\n" +
		"  -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"
}

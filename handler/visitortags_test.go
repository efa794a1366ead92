package handler_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// withVisitorTags serves a handler with Options.VisitorTags, as ann of session demo,
// who may post, and as her account sees it.
func withVisitorTags(t *testing.T, tags []string) (ann, account api) {
	opts := quiet()
	opts.Tokens = handler.NewTokens(newKey)
	opts.VisitorTags = tags
	account = serve(t, handler.New(memory.New(), opts))
	return account.issue(`{"session_id":"demo","user_id":"ann","may_post":true}`), account
}

// tagged returns a body with tags.
func tagged(tags ...string) string {
	b, _ := json.Marshal(map[string]any{"session_id": "demo", "user_id": "ann", "score": 0, "tags": tags})
	return string(b)
}

func TestVisitorsGiveTheTagsThatTheyMay(t *testing.T) {
	for name, c := range map[string]struct{ options, may, mayNot []string }{
		"by default":  {nil, handler.Reasons(), []string{"Incorrect", "incorrect ", "toò slow", "model:small-2", "", "\x00"}},
		"none":        {[]string{}, nil, handler.Reasons()},
		"the host's":  {[]string{"slow", "wörse"}, []string{"slow", "wörse"}, append(handler.Reasons(), "slow,wörse")},
		"and reasons": {append(handler.Reasons(), "slow"), append(handler.Reasons(), "slow"), []string{"model:small-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			ann, account := withVisitorTags(t, c.options)
			for _, tag := range c.mayNot {
				for _, body := range []string{tagged(tag), tagged(append(slices.Clone(c.may), tag)...)} {
					for _, ans := range []answer{ann.post(body), ann.do("PUT", onMessage, body)} {
						ann.fails(ans, 403, 20403, fmt.Sprintf("a visitor's access does not allow the tag %q, which is not in Options.VisitorTags", tag))
					}
				}
			}
			ann.fails(ann.post(tagged(strings.Repeat("x", 200))), 403, 20403, "xxx…")
			if got := account.do("GET", feedbacks, "").body; got != "[]" {
				t.Fatalf("a refused record was stored: %s", got)
			}
			for _, tags := range [][]string{c.may, nil} {
				for _, ans := range []answer{ann.post(tagged(tags...)), ann.do("PUT", onMessage, tagged(tags...)), ann.do("GET", onMessage, "")} {
					if ans.status > 201 || fmt.Sprint(decode[map[string]any](t, ans.body)["tags"]) != fmt.Sprint(tags) {
						t.Errorf("%q: %d %s", tags, ans.status, ans.body)
					}
				}
			}
			account.created(tagged("anything", "at all"))
			if ans := account.do("PUT", onMessage, tagged("anything")); ans.status != 200 {
				t.Errorf("the account: %d %s", ans.status, ans.body)
			}
		})
	}
}

// A visitor sees of its record's tags those that it may give, and can send what it
// sees.
func TestAVisitorSeesNoTagsOfTheHosts(t *testing.T) {
	ann, account := withVisitorTags(t, nil)
	vote := onMessage + "?UserId=ann"
	if ans := account.do("PUT", vote, `{"score":0,"tags":["secret","other","prompt:7"]}`); ans.status != 201 {
		t.Fatalf("%d %s", ans.status, ans.body)
	}
	ans := ann.do("GET", onMessage, "")
	if !strings.Contains(ans.body, `"tags":["other"]`) {
		t.Errorf("ann sees %s", ans.body)
	}
	if got := account.do("GET", vote, "").body; !strings.Contains(got, `"tags":["secret","other","prompt:7"]`) {
		t.Errorf("her account sees %s", got)
	}
	seen, _ := json.Marshal(map[string]any{"score": 1, "tags": decode[map[string]any](t, ans.body)["tags"]})
	if ans := ann.do("PUT", onMessage, string(seen)); ans.status != 200 {
		t.Errorf("ann sends what she saw: %d %s", ans.status, ans.body)
	}
}

func TestReasonsAreTheCallersToChange(t *testing.T) {
	handler.Reasons()[0] = "changed"
	ann, _ := withVisitorTags(t, nil)
	if ans := ann.do("PUT", onMessage, tagged("incorrect")); ans.status != 201 || slices.Contains(handler.Reasons(), "changed") {
		t.Errorf("%d %s, and the reasons are %q", ans.status, ans.body, handler.Reasons())
	}
}

package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/handler/console"
	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// TestEveryPageAtEverySize has axe-core look at every page in both schemes, and
// none be wider than its window, although names and words are as long as they
// may be.
func TestEveryPageAtEverySize(t *testing.T) {
	st := memory.New()
	addMany(t, st, 40)
	long := strings.Repeat("W", store.MaxIDLength)
	metadata := map[string]string{"model": "gpt-5", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
	for i := len(metadata); i < store.MaxMetadata; i++ {
		metadata[fmt.Sprintf("%02d%s", i, strings.Repeat("W", store.MaxMetadataNameLength-2))] = strings.Repeat("W", store.MaxMetadataValueLength)
	}
	f := add(t, st, store.Feedback{
		Correction: strings.Repeat("Donaudampfschiff", 40), Metadata: metadata,
		SessionID: long, MessageID: long, UserID: long, Text: strings.Repeat("Donaudampfschiff", 40), Key: store.VoteKey(long, long, long),
		Tags: []string{strings.Repeat("W", store.MaxTagLength), "late"},
	})
	add(t, st, store.Feedback{Review: &store.Review{Verdict: store.Disagree, Note: strings.Repeat("Donaudampfschiff", 40), Actor: long, At: now}})
	add(t, st, hostile)
	add(t, st, store.Feedback{Scope: store.Scope{Account: scope.Account, Assistant: long}})
	for _, user := range []string{long, "bob", ""} {
		add(t, st, store.Feedback{SessionID: long, MessageID: long, UserID: user, Score: 1, Text: "so it is", Correction: strings.Repeat("Donaudampfschiff", 9)})
	}
	s, empty := serve(t, st, deleting), serve(t, memory.New())
	talking := serve(t, st, deleting, talk(long), func(o *console.Options) { o.Link = func(store.Feedback) string { return "../traces" } })
	silent := serve(t, st, func(o *console.Options) {
		o.Conversation = func(context.Context, store.Scope, string) ([]handler.Turn, error) {
			return nil, errors.New("out of reach")
		}
	})
	broken := &flaky{Store: memory.New()}
	broken.down.Store(true)
	down := serve(t, broken)

	p := browser.New(t)
	p.Expect(`status of (400|404|503) `)
	for _, page := range []struct{ name, address string }{
		{"assistants", s.url},
		{"feedback", s.at("feedback", "DateCreatedAfter", "2026-11-22")},
		{"filtered", s.at("feedback", "MinScore", "0", "MaxScore", "1", "HasText", "true", "HasCorrection", "true", "Metadata", "model:gpt-5", "Tag", f.Tags[0], "SessionId", long, "UserId", long, "DateCreatedBefore", "2026-12-01")},
		{"hostile", s.at("feedback", "Assistant", hostile.Scope.Assistant)},
		{"record", s.at("record", "Id", f.ID)},
		{"conversation", talking.at("record", "Id", f.ID)},
		{"no-conversation", silent.at("record", "Id", f.ID)},
		{"summary", s.at("summary")},
		{"comparison", s.at("compare", "Compare", "tag", "A", "tag 0", "B", "tag 1")},
		{"comparison-long", s.at("compare", "Compare", "W", "A", f.Tags[0], "B", f.Tags[0][1:])},
		{"no-comparison", s.at("compare")},
		{"delete", s.at("delete", "Id", f.ID)},
		{"deleted", s.at("feedback", "Deleted", "1", "UserId", "user 0")},
		{"erase", s.at("erase", "UserId", long)},
		{"person", s.url + "person?UserId=" + long},
		{"erase-person", s.url + "erase-person?UserId=" + long},
		{"no-person", s.url + "person?UserId=none"},
		{"no-assistants", empty.url},
		{"no-feedback", empty.at("feedback", "Assistant", long)},
		{"no-match", s.at("feedback", "Tag", "none")},
		{"bad-filter", s.at("feedback", "MinScore", long, "DateCreatedAfter", "yesterday", "HasText", "x", "Metadata", "model")},
		{"not-found", s.url + "nowhere"},
		{"unavailable", down.at("feedback")},
	} {
		p.Open(page.address)
		for _, width := range []int{360, 1440} {
			p.Size(width, 900)
			p.Exec(fmt.Sprintf("for (const d of document.querySelectorAll('.filters details, .review details')) d.open = %t", width == 360)) // a wide window shows the filters anyway
			if wide := browser.Eval[int](p, "document.documentElement.scrollWidth"); wide > width {
				t.Errorf("%s is %d wide at %d", page.name, wide, width)
			}
			for _, scheme := range []string{"light", "dark"} {
				p.Media(map[string]string{"prefers-color-scheme": scheme})
				p.Screenshot(fmt.Sprintf("console-%s-%d-%s", page.name, width, scheme))
				if (width == 360) != (scheme == "light") { // each size and each scheme once
					continue
				}
				for _, violation := range p.Violations() {
					t.Errorf("%s, %d, %s: %s", page.name, width, scheme, violation)
				}
			}
		}
	}
}

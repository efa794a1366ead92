package console

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store"
)

// fill fills in fields of the form as a person does, and empties the others.
func fill(p *browser.Page, fields map[string]string) {
	p.Exec(`for (const f of document.querySelectorAll(".field input, .field select")) f.value = ""`)
	for name, value := range fields {
		field := "document.querySelector(" + quote("#"+name) + ")"
		switch browser.Eval[string](p, field+".type") {
		case "date": // the keys for it depend on the language
			p.Exec(field + ".value = " + quote(value))
		case "select-one":
			p.Exec(field + ".focus()")
			p.Type(kb.Home + strings.Repeat(kb.ArrowDown, browser.Eval[int](p, "[..."+field+".options].findIndex((o) => o.text === "+quote(value)+")")))
		default:
			p.Exec(field + ".select()")
			p.Type(value)
		}
	}
}

// filled returns the fields of the form that are filled in.
func filled(p *browser.Page) map[string]string {
	return browser.Eval[map[string]string](p, `Object.fromEntries([...document.querySelectorAll(".field input, .field select")]
		.filter((f) => f.value).map((f) => [f.id, f.options ? f.selectedOptions[0].text : f.value]))`)
}

func TestFiltersShowWhatTheySelect(t *testing.T) { onEveryStore(t, testFiltersShowWhatTheySelect) }

func testFiltersShowWhatTheySelect(t *testing.T, st store.Store) {
	fs := addMany(t, st, 60)
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback"))
	day := func(f store.Feedback) string { return f.CreatedAt().Format(time.DateOnly) }
	for _, test := range []struct {
		fields  map[string]string
		chips   []string
		selects func(store.Feedback) bool
		kept    map[string]string // if other than fields
	}{
		{map[string]string{"MinScore": "75%", "Tag": "tag 3"}, []string{"Score 75% or more", "Tag tag 3"},
			func(f store.Feedback) bool { return f.Score >= .75 && slices.Contains(f.Tags, "tag 3") }, nil},
		{map[string]string{"MaxScore": "0.25", "HasText": "Without a note"}, []string{"Score 25% or less", "Note without"},
			func(f store.Feedback) bool { return f.Score <= .25 && f.Text == "" }, map[string]string{"MaxScore": "25%", "HasText": "Without a note"}},
		{map[string]string{"HasText": "With a note"}, []string{"Note with"}, func(f store.Feedback) bool { return f.Text != "" }, nil},
		{map[string]string{"SessionId": "session 5"}, []string{"Session session 5"}, func(f store.Feedback) bool { return f.SessionID == "session 5" }, nil},
		{map[string]string{"MessageId": "message 4", "UserId": "user 1"}, []string{"Message message 4", "User user 1"},
			func(f store.Feedback) bool { return f.MessageID == "message 4" && f.UserID == "user 1" }, nil},
		{map[string]string{"DateCreatedAfter": "2026-11-18", "DateCreatedBefore": "2026-11-20"}, []string{"From 18 Nov 2026", "Before 20 Nov 2026"},
			func(f store.Feedback) bool { return day(f) == "2026-11-18" || day(f) == "2026-11-19" }, nil},
		{map[string]string{"MinScore": "25%", "MaxScore": "75%", "HasText": "With a note", "Tag": "late", "DateCreatedAfter": "2026-11-16"},
			[]string{"Score 25% or more", "Score 75% or less", "Note with", "Tag late", "From 16 Nov 2026"},
			func(f store.Feedback) bool {
				return f.Score >= .25 && f.Score <= .75 && f.Text != "" && slices.Contains(f.Tags, "late") && day(f) >= "2026-11-16"
			}, nil},
	} {
		fill(p, test.fields)
		follow(p, ".filters .primary")
		want := ids(fs, test.selects)
		if got := shown(p); len(want) == 0 || !slices.Equal(got, want[:min(pageSize, len(want))]) {
			t.Errorf("%v shows %d records, want %d", test.fields, len(got), len(want))
		}
		if test.kept == nil {
			test.kept = test.fields
		}
		if got := filled(p); !maps.Equal(got, test.kept) {
			t.Errorf("the form keeps %v, want %v", got, test.kept)
		}
		if got := texts(p, ".chip"); !slices.Equal(got, test.chips) {
			t.Errorf("the chips are %q, want %q", got, test.chips)
		}
	}
	follow(p, ".filters a.button")
	if got := shown(p); len(filled(p)) > 0 || has(p, ".chip") || !slices.Equal(got, ids(fs[:pageSize], nil)) {
		t.Errorf("without a filter: %v, %d records", filled(p), len(got))
	}
}

func TestChipsTakeOneFilterAway(t *testing.T) { onEveryStore(t, testChipsTakeOneFilterAway) }

func testChipsTakeOneFilterAway(t *testing.T, st store.Store) {
	fs := addMany(t, st, 60)
	p := browser.New(t)
	p.Open(serve(t, st).at("feedback", "Tag", "late", "MaxScore", "0.5", "SessionId", "session 3"))
	late := func(f store.Feedback) bool { return slices.Contains(f.Tags, "late") }
	for _, step := range []struct {
		remove  string
		badge   []string
		selects func(store.Feedback) bool
	}{
		{"", []string{"3 set"}, func(f store.Feedback) bool { return late(f) && f.Score <= .5 && f.SessionID == "session 3" }},
		{"Remove the filter Session session 3", []string{"2 set"}, func(f store.Feedback) bool { return late(f) && f.Score <= .5 }},
		{"Remove the filter Score 50% or less", []string{"1 set"}, late},
		{"Remove the filter Tag late", []string{}, func(store.Feedback) bool { return true }},
	} {
		if step.remove != "" {
			follow(p, ".chip a[aria-label="+quote(step.remove)+"]")
		}
		want := ids(fs, step.selects)
		if got := shown(p); !slices.Equal(got, want[:min(pageSize, len(want))]) || !slices.Equal(texts(p, ".filters summary .badge"), step.badge) {
			t.Errorf("after %q: %d records, want %d; %q", step.remove, len(got), len(want), texts(p, ".filters summary"))
		}
	}
	// A record's own tag and person are filters too, and so are the views.
	follow(p, ".card .tag")
	if got := shown(p); !slices.Equal(got, ids(fs, late)) {
		t.Errorf("a tag shows %d records", len(got))
	}
	follow(p, ".views a:nth-child(6)")
	negative := func(f store.Feedback) bool { return late(f) && f.Score < .5 && f.Text != "" }
	if got := shown(p); !slices.Equal(got, ids(fs, negative)) || !slices.Equal(texts(p, ".views [aria-current]"), []string{"Negative with a note"}) {
		t.Errorf("the view shows %d records; it is %q", len(got), texts(p, ".views [aria-current]"))
	}
}

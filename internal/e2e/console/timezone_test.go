package console

import (
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/browser"
	"github.com/humanfeedback/feedbacks/store/memory"
)

// The form of a summary offers the days of where its reader is.
func TestDaysOfTheReader(t *testing.T) {
	st := memory.New()
	addMany(t, st, 3) // the last six hours before 10:20 UTC
	p := browser.New(t)
	p.Zone("America/Los_Angeles")
	p.Open(serve(t, st).at("summary"))
	options := `[...document.querySelector("#TimeZone").options].map((o) => o.text)`
	if got := browser.Eval[[]string](p, options); !slices.Equal(got, []string{"UTC", "America/Los_Angeles"}) {
		t.Fatalf("the form offers %q", got)
	}
	if got := rows(p, "trend"); len(got) != 1 {
		t.Errorf("the days of UTC are %q, want one", got)
	}
	fill(p, map[string]string{"TimeZone": "America/Los_Angeles"})
	follow(p, ".filters .primary")
	if got := rows(p, "trend"); len(got) != 2 || filled(p)["TimeZone"] != "America/Los_Angeles" {
		t.Errorf("the reader's days are %q; the form keeps %v", got, filled(p))
	}
	if got := browser.Eval[[]string](p, options); !slices.Equal(got, []string{"UTC", "America/Los_Angeles"}) {
		t.Errorf("then the form offers %q", got)
	}
	p.Axe()
	p.Zone("UTC")
	p.Open(serve(t, st).at("summary"))
	if got := browser.Eval[[]string](p, options); !slices.Equal(got, []string{"UTC"}) {
		t.Errorf("in UTC the form offers %q", got)
	}
}

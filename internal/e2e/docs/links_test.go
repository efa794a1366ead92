package docs

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/example"
)

// TestREADMEIsShort: who wants more finds it in docs.
func TestREADMEIsShort(t *testing.T) {
	text := read(t, "README.md")
	if lines := strings.Count(text, "\n"); lines > 200 || len(text) > 10_000 {
		t.Errorf("README.md has %d lines and %d bytes, more than 200 or 10,000", lines, len(text))
	}
}

// markdown returns the paths of all Markdown files below root.
func markdown(t *testing.T) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".md") {
			found = append(found, name)
		}
		return err
	})
	if err != nil || !slices.Contains(found, "README.md") {
		t.Fatalf("%v, %v", found, err)
	}
	return found
}

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
)

// anchors returns the anchors that GitHub gives a page's headings.
func anchors(text string) []string {
	var found []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		slug := noSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		found = append(found, strings.ReplaceAll(slug, " ", "-"))
	}
	return found
}

// broken returns why a link from a page leads nowhere, "" if it leads somewhere or
// to another site.
func broken(t *testing.T, page, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		return err.Error()
	}
	if u.Scheme != "" {
		return ""
	}
	to := page
	if u.Path != "" {
		to = path.Join(path.Dir(page), u.Path)
	}
	if _, err := os.Stat(filepath.Join(root, to)); err != nil {
		return err.Error()
	}
	if u.Fragment != "" && !slices.Contains(anchors(read(t, to)), u.Fragment) {
		return "no such heading there"
	}
	return ""
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range markdown(t) {
		text := code.ReplaceAllString(fenced.ReplaceAllString(read(t, page), ""), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if why := broken(t, page, m[1]); why != "" {
				t.Errorf("%s links to %s: %s", page, m[1], why)
			}
		}
	}
	for target, ok := range map[string]bool{"docs/api.md": true, "docs/nope.md": false, "docs/api.md#errors": true, "docs/api.md#nope": false, "#nope": false, "https://example.com/#nope": true} {
		if why := broken(t, "README.md", target); (why == "") != ok {
			t.Errorf("a link to %s: %q", target, why)
		}
	}
}

// TestErrorsLeadToTheirExplanation: more_info is a page of this repository.
func TestErrorsLeadToTheirExplanation(t *testing.T) {
	resp, err := http.Get(example.Start(t).URL + "/v1/Assistants/a/Feedbacks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		MoreInfo string `json:"more_info"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	target, ours := strings.CutPrefix(answer.MoreInfo, "https://github.com/humanfeedback/feedbacks/blob/main/")
	if !ours || !strings.Contains(target, "#") || broken(t, "README.md", target) != "" {
		t.Errorf("more_info is %s", answer.MoreInfo)
	}
}

package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository.
const root = "../../.."

// A block is a fenced block of a page.
type block struct {
	page     string // its path below root
	line     int
	language string
	text     string
	notRun   string // the reason why it is not run, "" if it is
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// pages are README.md and docs/*.md, by their paths below root.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages in docs: %v", err)
	}
	list := []string{"README.md"}
	for _, path := range found {
		list = append(list, "docs/"+filepath.Base(path))
	}
	return list
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var notRun = regexp.MustCompile(`^<!-- not run: (.+) -->$`)

// languages are those of blocks; true for what is tested.
var languages = map[string]bool{"sh": true, "go": true, "json": true, "js": false, "html": false, "text": true}

// blocks returns the blocks of a page's text. What is wrong with one is an error,
// so that none goes untested for a slip.
func blocks(page, text string) ([]block, error) {
	var all []block
	var open *block
	above := ""
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimLeft(line, " >\t"), "```")
		switch {
		case isFence && !strings.HasPrefix(line, "```"):
			return nil, fmt.Errorf("%s:%d: a block must not be indented", page, i+1)
		case isFence && open != nil:
			all = append(all, *open)
			open = nil
		case isFence:
			if _, known := languages[fence]; !known {
				return nil, fmt.Errorf("%s:%d: a block of %q: the languages are in markdown_test.go", page, i+1, fence)
			}
			open = &block{page: page, line: i + 1, language: fence}
			if m := notRun.FindStringSubmatch(above); m != nil {
				open.notRun = m[1]
			}
		case open != nil:
			open.text += line + "\n"
		}
		above = line
	}
	if open != nil {
		return nil, fmt.Errorf("%s has no end", open)
	}
	return all, nil
}

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	all, err := blocks(page, read(t, page))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBlocksAreFound(t *testing.T) {
	got, err := blocks("x.md", "a\n```sh\nls\n```\n\n<!-- not run: why -->\n```go\npackage x\n\nvar y int\n```\n")
	want := []block{{"x.md", 2, "sh", "ls\n", ""}, {"x.md", 7, "go", "package x\n\nvar y int\n", "why"}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	for name, text := range map[string]string{
		"indented":         "- a\n  ```sh\n  ls\n  ```\n",
		"another language": "```bash\nls\n```\n",
		"no end":           "```sh\nls\n",
		"no language":      "```\nls\n```\n",
	} {
		if _, err := blocks("x.md", text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// here is where servers of the docs listen.
const here = "127.0.0.1:8080"

// folder is the block's package in the module that is made of them.
func (b block) folder() string {
	return regexp.MustCompile(`[^a-z]+`).ReplaceAllString(strings.ToLower(b.page), "_") + fmt.Sprint(b.line)
}

// listens reports whether the block is a program that serves.
func (b block) listens() bool {
	return b.language == "go" && b.notRun == "" && strings.Contains(b.text, `"`+here+`"`)
}

// newModule makes a module that uses the library, with the blocks in packages of
// their own, and returns its folder. Its requirements are those of the module of
// this test.
func newModule(t *testing.T, all []block) string {
	t.Helper()
	dir := t.TempDir()
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	mod := read(t, "internal/e2e/go.mod")
	mod = strings.Replace(mod, "module github.com/humanfeedback/feedbacks/internal/e2e", "module docs.example", 1)
	mod = strings.Replace(mod, "=> ../..", "=> "+abs, 1)
	files := map[string]string{"go.mod": mod, "go.sum": read(t, "internal/e2e/go.sum")}
	for _, b := range all {
		name := "main.go"
		if strings.Contains(b.text, "*testing.T") {
			name = "main_test.go"
		}
		files[filepath.Join(b.folder(), name)] = b.text
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inModule runs the go command in a module, and returns what it said.
func inModule(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off") // mod: not all requirements are used
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestProgramsCompile compiles every block of Go, vets it, runs what is a test, and
// holds it against gofmt.
func TestProgramsCompile(t *testing.T) {
	var all []block
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			if b.language == "go" && b.notRun == "" {
				all = append(all, b)
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("the docs show no Go")
	}
	dir := newModule(t, all)
	where := "the numbers of folders are lines of pages"
	if out, err := inModule(t, dir, "vet", "./..."); err != nil {
		t.Errorf("go vet (%s): %v\n%s", where, err, out)
	}
	if out, err := inModule(t, dir, "test", "./..."); err != nil {
		t.Errorf("go test (%s): %v\n%s", where, err, out)
	}
	if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt (%s): %v\n%s", where, err, out)
	}
}

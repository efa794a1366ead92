package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/humanfeedback/feedbacks/internal/e2e/example"
	"github.com/humanfeedback/feedbacks/internal/testserver"
)

// TestCommands runs each page's commands, and sees that they print what the page
// shows.
func TestCommands(t *testing.T) {
	for _, command := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(command); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			p := newSession(t)
			for _, b := range blocksOf(t, page) {
				switch line := strings.TrimSpace(b.text); {
				case b.notRun != "":
				case b.listens():
					p.run()
					p.server = p.start(b)
				case b.language == "sh" && serves.MatchString(line):
					p.run()
					p.server = example.Start(t, strings.Fields(p.replace(line))[3:]...)
				case b.language == "sh", b.language == "json", b.language == "text":
					p.blocks = append(p.blocks, b)
				}
			}
			p.run()
		})
	}
}

// serves matches a command that starts the example.
var serves = regexp.MustCompile(`^go run ./example( -.*)?$`)

// A session runs commands against one server after the other.
type session struct {
	t      *testing.T
	dir    string
	binary string
	server example.Server // what the blocks run against; an example, if there is none
	blocks []block
	urls   map[string]string // of databases, by what they are called in the docs
}

func newSession(t *testing.T) *session {
	return &session{t: t, dir: t.TempDir(), binary: example.Binary(t), urls: map[string]string{}}
}

const postgresURL = "postgres://user:password@host:5432/database"

// databases make a database, by what the docs call it.
var databases = map[string]func(testing.TB) string{
	postgresURL:         func(tb testing.TB) string { return testserver.Postgres(tb, "", nil) },
	"redis://host:6379": testserver.Redis,
}

// replace puts what is there in the place of what the docs call it.
func (p *session) replace(text string) string {
	for name, start := range databases {
		if strings.Contains(text, name) {
			if p.urls[name] == "" {
				p.urls[name] = start(p.t)
			}
			text = strings.ReplaceAll(text, name, p.urls[name])
		}
	}
	return text
}

// prelude stops at the first command that fails, and at any curl that does, which
// here is also one that is answered with an error.
const prelude = `set -euo pipefail
curl() { command curl -sS --fail "$@" || { echo "failed: curl $*" >&2; kill $$; }; }
`

// run runs the blocks that have come together.
func (p *session) run() {
	p.t.Helper()
	if len(p.blocks) == 0 {
		return
	}
	if p.server.URL == "" {
		p.server = example.Start(p.t)
		p.seed()
	}
	const mark = "--- the next block ---"
	script := prelude
	for _, b := range p.blocks {
		if b.language == "sh" {
			script += b.text
		}
		script += "echo '" + mark + "'\n"
	}
	script = p.replace(script)
	for name, value := range map[string]string{"http://" + here: p.server.URL, "https://assistants.twilio.com": p.server.URL, "go run ./example": p.binary} {
		script = strings.ReplaceAll(script, name, value)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "ACCOUNT=" + p.server.Account, "TOKEN=" + p.server.Token,
		"TWILIO_ACCOUNT_SID=" + p.server.Account, "TWILIO_AUTH_TOKEN=" + p.server.Token, "ASSISTANT_ID=aia_asst_demo"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("from %s: %v\n%s", p.blocks[0], err, out)
	}
	printed := strings.Split(string(out), mark)
	for i, b := range p.blocks {
		after := i > 0 && p.blocks[i-1].language == "sh"
		switch {
		case b.language == "text" && after && !strings.Contains(printed[i-1], b.text):
			p.t.Errorf("%s is not in what was printed:\n%s", b, printed[i-1])
		case b.language == "json" && after:
			if err := looksLike(printed[i-1], b.text); err != nil {
				p.t.Errorf("%s: %v", b, err)
			}
		case b.language == "json" && !json.Valid([]byte(b.text)):
			p.t.Errorf("%s is no JSON", b)
		}
	}
	p.blocks = nil
}

// seed gives two feedbacks, for pages that have begun with none.
func (p *session) seed() {
	p.t.Helper()
	for _, body := range []string{`{"session_id":"s1","score":0}`, `{"session_id":"s2","score":1}`} {
		req, err := http.NewRequest("POST", p.server.URL+"/v1/Assistants/aia_asst_demo/Feedbacks", strings.NewReader(body))
		if err != nil {
			p.t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth(p.server.Account, p.server.Token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != http.StatusCreated {
			p.t.Fatal(resp.Status)
		}
	}
}

// What differs from run to run.
var various = map[string]*regexp.Regexp{
	"id":      regexp.MustCompile(`aia_fdbk_[0-9a-f-]{36}`),
	"time":    regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`),
	"account": regexp.MustCompile(`AC[0-9a-f]{32}`),
	"token":   regexp.MustCompile(`eyJ[A-Za-z0-9_.-]*`),
}

// looksLike returns an error unless the last line of what was printed is the JSON
// that is shown, but for what differs from run to run.
func looksLike(printed, shown string) error {
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	last := lines[len(lines)-1]
	values := make([]any, 2)
	for i, text := range []string{last, shown} {
		for name, re := range various {
			text = re.ReplaceAllString(text, "<"+name+">")
		}
		if err := json.Unmarshal([]byte(text), &values[i]); err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
	}
	if !reflect.DeepEqual(values[0], values[1]) {
		return fmt.Errorf("the page shows\n%s\nand this was printed:\n%s", shown, last)
	}
	return nil
}

// start starts a program of the docs that listens.
func (p *session) start(b block) example.Server {
	t := p.t
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	b.text = strings.ReplaceAll(b.text, here, addr)
	module := newModule(t, []block{b})
	binary := filepath.Join(module, "program")
	if out, err := inModule(t, module, "build", "-o", binary, "./"+b.folder()); err != nil {
		t.Fatalf("%s: %v\n%s", b, err, out)
	}
	cmd := exec.Command(binary)
	if strings.Contains(b.text, "DATABASE_URL") {
		cmd.Env = []string{"DATABASE_URL=" + p.replace(postgresURL)}
	} else {
		cmd.Env = []string{}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill(); <-exited })
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return example.Server{URL: "http://" + addr}
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("%s ended with %v: %s", b, err, &said)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestLooksLike(t *testing.T) {
	const shown = `{"id":"aia_fdbk_01a203e5-04a0-7ac9-8725-802f716a6bb7","at":"2026-11-22T15:34:30.304674Z","score":1}`
	for printed, ok := range map[string]bool{
		"x\n" + `{"at":"2027-01-02T00:00:00Z","score":1,"id":"aia_fdbk_01a203e5-0000-7ac9-8725-802f716a6bb7"}` + "\n": true,
		`{"at":"2027-01-02T00:00:00Z","score":0,"id":"aia_fdbk_01a203e5-0000-7ac9-8725-802f716a6bb7"}`:                false,
		`{"at":"2027-01-02T00:00:00Z","score":1,"id":"x"}`:                                                            false,
		shown + "\nnothing": false,
		"":                  false,
	} {
		if err := looksLike(printed, shown); (err == nil) != ok {
			t.Errorf("%q: %v", printed, err)
		}
	}
}

package browser

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const packageName = "@humanfeedback/feedback-buttons"

// inPackage makes the element's package with npm pack, installs it in a folder beside React and the files
// of react, and runs node there.
func inPackage(t *testing.T, args ...string) (dir, output string) {
	t.Helper()
	for _, name := range []string{"react", "react-dom", "esbuild", "typescript"} {
		if _, err := os.Stat("node_modules/" + name); err != nil {
			need(t, name, err)
		}
	}
	dir = t.TempDir()
	run := func(in, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = in
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, &stderr)
		}
		return string(out)
	}
	run(".", "npm", "pack", "--silent", "--pack-destination", dir, "../../../handler/console/feedback-buttons")
	run(".", "sh", "-ec", `
		mkdir -p "$0/node_modules/`+packageName+`"
		tar -xzf "$0"/*.tgz --strip-components 1 -C "$0/node_modules/`+packageName+`"
		ln -s "$PWD"/node_modules/* "$0/node_modules/"
		cp react/* "$0"
		echo '{"type":"module"}' >"$0/package.json"`, dir)
	if len(args) > 0 {
		output = run(dir, "node", args...)
	}
	return dir, output
}

// TestPackage has what npm pack makes hold what it names, and work in a plain page.
func TestPackage(t *testing.T) {
	dir, _ := inPackage(t)
	root := filepath.Join(dir, "node_modules", packageName)
	sources, err := filepath.Glob("../../../handler/console/feedback-buttons/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		if _, err := os.Stat(filepath.Join(root, filepath.Base(source))); err != nil {
			t.Error(err)
		}
	}
	license, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if own, _ := os.ReadFile("../../../LICENSE"); err != nil || string(license) != string(own) {
		t.Errorf("the license is not the project's: %v", err)
	}
	s := newSite(t, element)
	s.files = http.Dir(root)
	s.script = `import { FeedbackButtons } from "/files/feedback-buttons.js"; window.same = customElements.get("feedback-buttons") === FeedbackButtons;`
	s.alone = true
	p := s.open(t)
	p.Click(up())
	has(p, "up")
	if !Eval[bool](p, "same") {
		t.Error("the element is of another file")
	}
}

// TestOnAServer imports the element where there is no browser: nothing happens, and the program ends.
func TestOnAServer(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		need(t, "node", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "--input-type=module", "--eval", `
		import { FeedbackButtons } from "./feedback-buttons.js";
		FeedbackButtons.token = () => "anna";
		console.log(FeedbackButtons.messages.up);`)
	cmd.Dir = "../../../handler/console/feedback-buttons"
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "Helpful\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTypes compiles a program against the package's declarations, and each declaration against the code.
func TestTypes(t *testing.T) {
	inPackage(t, "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--jsx", "react-jsx", "--module", "nodenext", "--target", "esnext", "--lib", "esnext,dom,dom.iterable", "types.tsx")
	_, out := inPackage(t, "--input-type=module", "--eval", `
		import { readFileSync } from "node:fs";
		import { FeedbackButtons } from "`+packageName+`";
		const declared = readFileSync("node_modules/`+packageName+`/feedback-buttons.d.ts", "utf8");
		const interfaceOf = (name) => [...declared.match(new RegExp("interface " + name + " {(.*?)\n}", "s"))[1].matchAll(/^  "?([\w-]+)\??"?\??:/gm)].map((m) => m[1]);
		const classOf = declared.match(/class FeedbackButtons .*?\n}/s)[0];
		const members = (of) => Object.getOwnPropertyNames(of).filter((n) => !/^(constructor|.*Callback|observedAttributes|length|name|prototype)$/.test(n));
		const missing = [...members(FeedbackButtons.prototype), ...members(FeedbackButtons)].filter((name) => !new RegExp("\\b" + name + "\\b").test(classOf));
		const words = Object.keys(FeedbackButtons.messages);
		const attributes = FeedbackButtons.observedAttributes.filter((name) => !name.startsWith("text-"));
		console.log(JSON.stringify([missing, words.filter((w) => !interfaceOf("Messages").includes(w)), interfaceOf("Messages").filter((w) => !words.includes(w)),
			attributes.filter((a) => !interfaceOf("Attributes").includes(a))]));`)
	if got := strings.TrimSpace(out); got != "[[],[],[],[]]" {
		t.Errorf("not declared: members, words; not there: words; not declared: attributes: %s", got)
	}
}

// TestReact has a page of React 19 draw itself anew while an answer comes, from nothing and on what a server
// has rendered: it asks for one token, and once for the votes.
func TestReact(t *testing.T) {
	_, out := inPackage(t, "build.mjs")
	var built struct{ HTML, Script string }
	if err := json.Unmarshal([]byte(out), &built); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(built.HTML, `<feedback-buttons assistant="aia_asst_1" session="s1" message="m2"`) {
		t.Errorf("a server renders %s", built.HTML)
	}
	for name, html := range map[string]string{"in the browser": "", "on the server": built.HTML} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, `<div id="root">`+html+`</div>`)
			s.script, s.alone = built.Script, true
			s.call(t, "PUT", "anna", "m2", `{"score":1}`)
			p := s.open(t)
			const one, two = "article:nth-of-type(1) feedback-buttons", "article:nth-of-type(2) feedback-buttons"
			has(p, "up", "#root "+two)
			Eval[any](p, "stream()")
			p.Until(`document.querySelector(".answer").textContent === "word ".repeat(50)`)
			has(p, "", "#root "+one)
			p.Click(down("#root " + one))
			p.Click("#root " + one + " >>> [value=wrong]")
			p.Click("#root " + one + " >>> [part=save]")
			p.Until("!" + In("#root "+one+" >>> [part=dialog]"))
			s.want(t, &vote{Tags: []string{"wrong"}})
			Eval[any](p, "stream()")
			if n, gets := Eval[int](p, "asked"), s.called("GET"); n != 1 || !slices.Equal(gets, []string{"GET " + inSession}) {
				t.Errorf("100 renders asked for %d tokens and %q, want one each", n, gets)
			}
		})
	}
}

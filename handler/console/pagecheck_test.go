package console_test

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// check holds a page to what all are: safe, private and well-formed.
func (b *browser) check(method, path string, p page) {
	b.t.Helper()
	for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin"} {
		if got := p.header.Get(name); got != want {
			b.t.Errorf("%s %s: %s %q, want %q", method, path, name, got, want)
		}
	}
	if method == "HEAD" {
		return
	}
	if card := method == "POST" && strings.HasPrefix(p.body, "<article"); card {
		// a part of a page, for a script
	} else if strings.Count(p.body, "<h1") != 1 || strings.Count(p.body, "<main") != 1 || !strings.Contains(p.body, `<html lang="en">`) {
		b.t.Errorf("%s %s: not one h1, one main and a language", method, path)
	}
	d := xml.NewDecoder(strings.NewReader(p.body))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids, open := map[string]bool{}, []string{}
	for {
		token, err := d.Token()
		if err != nil {
			if err != io.EOF {
				b.t.Errorf("%s %s: %v", method, path, err)
			}
			break
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
			if e.Name.Local == "script" && strings.HasPrefix(path, "summary") && len(e.Attr) == 2 && strings.HasPrefix(e.Attr[1].Value, "timezone.js?v=") {
				continue // the form's, which works without
			}
			if e.Name.Local == "script" && (strings.HasPrefix(path, "feedback") || strings.HasPrefix(path, "record") || strings.HasPrefix(path, "person") || strings.HasPrefix(path, "review")) && len(e.Attr) == 2 &&
				(strings.HasPrefix(e.Attr[1].Value, "keys.js?v=") || strings.HasPrefix(e.Attr[1].Value, "review.js?v=")) {
				continue // from record to record, and marking them, for which there are links and forms too
			}
			if slices.Contains([]string{"script", "style", "iframe", "object", "base", "use"}, strings.ToLower(e.Name.Local)) {
				b.t.Errorf("%s %s: has a <%s>", method, path, e.Name.Local)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "href" && slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Value == "noreferrer external" }) {
					continue // the host's
				}
				absolute := strings.HasPrefix(a.Value, "/") || strings.Contains(strings.SplitN(a.Value, "/", 2)[0], ":")
				switch name := strings.ToLower(a.Name.Local); {
				case name == "style", strings.HasPrefix(name, "on"), absolute && (name == "href" || name == "src" || name == "action"):
					b.t.Errorf("%s %s: <%s> has %s=%q", method, path, e.Name.Local, name, a.Value)
				}
				if a.Name.Local == "id" && ids[a.Value] {
					b.t.Errorf("%s %s: the id %s twice", method, path, a.Value)
				} else if a.Name.Local == "id" {
					ids[a.Value] = true
				}
			}
		case xml.EndElement:
			if open[len(open)-1] != e.Name.Local {
				b.t.Errorf("%s %s: </%s> ends <%s>", method, path, e.Name.Local, open[len(open)-1])
			}
			open = open[:len(open)-1]
		}
	}
}

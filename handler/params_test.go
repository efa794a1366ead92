package handler_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/params"
)

// The description has every parameter as it is parsed, and each call those that it
// takes.
func TestParametersAreAsDescribed(t *testing.T) {
	doc := decode[struct {
		Paths      map[string]map[string]any
		Components struct {
			Parameters map[string]map[string]any
		}
	}](t, newAPI(t).do("GET", "/v1/openapi.json", "").body)
	ref := func(section, name string) map[string]any {
		return map[string]any{"$ref": "#/components/" + section + "/" + name}
	}

	schema := func(p *params.Param) map[string]any {
		switch p.Kind {
		case params.ID:
			return ref("schemas", "Identifier")
		case params.Tag:
			return ref("schemas", "FeedbackTag")
		case params.Score:
			return ref("schemas", "FeedbackScore")
		case params.Bool:
			return map[string]any{"type": "boolean"}
		case params.Zone:
			return map[string]any{"type": "string", "minLength": 1.0}
		case params.Time:
			return map[string]any{"type": "string"}
		case params.Words:
			return map[string]any{"type": "string", "minLength": 1.0, "maxLength": 200.0}
		case params.Pair:
			return map[string]any{"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}:", "minLength": 3.0, "maxLength": 565.0}
		case params.Token:
			return map[string]any{"type": "string", "minLength": 1.0}
		case params.Integer:
			s := map[string]any{"type": "integer", "minimum": float64(p.Min), "maximum": float64(p.Max)}
			if p.Default != 0 {
				s["default"] = float64(p.Default)
			}
			return s
		case params.Choice:
			s, choices := map[string]any{"type": "string"}, []any{}
			for _, c := range p.Choices {
				choices = append(choices, c)
				if v := params.Defaults(); p.Set(&v, c) == nil && reflect.DeepEqual(v, params.Defaults()) {
					s["default"] = c // it says what no parameter says
				}
			}
			s["enum"] = choices
			return s
		}
		t.Errorf("%s: no schema for the kind %s", p.Name, p.Kind)
		return nil
	}
	described := map[string]bool{}
	is := func(component string, p *params.Param) any {
		described[component] = true
		got := doc.Components.Parameters[component]
		want := map[string]any{"name": p.Name, "in": "query", "description": p.Description, "schema": schema(p)}
		if p.Required {
			want["required"] = true
		}
		if example, ok := got["example"].(string); ok {
			if v := params.Defaults(); p.Set(&v, example) != nil {
				t.Errorf("the example of %s is none: %s", component, example)
			}
			delete(got, "example")
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is described as\n%v, want\n%v", component, got, want)
		}
		return ref("parameters", component)
	}
	group := func(prefix string, groups ...[]params.Param) (refs []any) {
		for _, g := range groups {
			for i := range g {
				refs = append(refs, is(prefix+g[i].Name, &g[i]))
			}
		}
		return refs
	}

	const path, vote = "/v1/Assistants/{assistant_id}/", "/v1/Assistants/{assistant_id}/Sessions/{session_id}/"
	takes := map[string][]any{
		"get " + path + "Feedbacks":         group("", params.Filters, params.Order, params.Format, params.Review, params.Paging),
		"delete " + path + "Feedbacks":      group("", params.Filters),
		"get " + path + "Feedbacks/Summary": group("", params.Filters, params.Interval, params.Compare),
		"get /v1/Feedbacks":                 group("Person", params.Person, params.File),
		"delete /v1/Feedbacks":              group("Person", params.Person),
		"get " + vote + "Feedbacks":         group("Vote", params.Voter),
	}
	for _, method := range []string{"put ", "get ", "delete "} {
		takes[method+vote+"Feedback"] = group("Vote", params.Voter)
		takes[method+vote+"Messages/{message_id}/Feedback"] = group("Vote", params.Voter)
	}
	for path, calls := range doc.Paths {
		for method, call := range calls {
			if method == "parameters" {
				continue
			}
			got, _ := call.(map[string]any)["parameters"].([]any)
			got = slices.DeleteFunc(got, func(p any) bool { return p.(map[string]any)["in"] == "header" })
			if want := takes[method+" "+path]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s %s takes\n%v, want\n%v", method, path, got, want)
			}
			delete(takes, method+" "+path)
		}
	}
	if len(takes) > 0 {
		t.Errorf("not described: %v", takes)
	}
	for name, p := range doc.Components.Parameters {
		if p["in"] == "query" && !described[name] {
			t.Errorf("%s is described, and is none", name)
		}
	}
}

// Every call takes the parameters that it is described with, and no other.
func TestCallsTakeTheirParameters(t *testing.T) {
	a := newAPI(t)
	all := slices.Concat(params.Filters, params.Order, params.Format, params.Review, params.Interval, params.Compare, params.Paging)
	for _, c := range []struct {
		method, path string
		takes        [][]params.Param
	}{
		{"GET", feedbacks, [][]params.Param{params.Filters, params.Order, params.Format, params.Review, params.Paging}},
		{"GET", feedbacks + "/Summary", [][]params.Param{params.Filters, params.Interval, params.Compare}},
		{"DELETE", feedbacks, [][]params.Param{params.Filters}},
		{"GET", onMessage, [][]params.Param{params.Voter}},
		{"GET", ofPerson, [][]params.Param{params.Person, params.File}},
		{"DELETE", ofPerson, [][]params.Param{params.Person}},
		{"GET", inSession, [][]params.Param{params.Voter}},
		{"DELETE", feedbacks + "/x/Review", nil},
	} {
		known := slices.Concat(c.takes...)
		for _, p := range all {
			ans := a.do(c.method, c.path+"?"+p.Name+"=", "")
			if refused := strings.Contains(ans.body, "is not a parameter of this call"); refused != (params.Find(known, p.Name) == nil) {
				t.Errorf("%s %s: %s: %s", c.method, c.path, p.Name, ans.body)
			}
		}
	}
}

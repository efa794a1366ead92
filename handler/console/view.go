package console

import (
	"embed"
	"html/template"
)

// A view is what the frame of every page shows.
type view struct {
	Title   string
	Account string
	Sel     *selection // nil on pages that are about no assistant
	Section string     // which of an assistant's pages this is
	Delete  bool       // whether records may be deleted
	bare    bool       // offers nothing to do with records
}

func (v *visit) view(title string, s *selection) view {
	return view{Title: title, Account: v.principal.Account, Sel: s, Delete: v.mayDelete}
}

// Frame returns v, for templates, from what embeds it.
func (v view) Frame() view { return v }

// Bare returns v for a page that offers nothing else to do with a record.
func (v view) Bare() view {
	v.Delete, v.bare = false, true
	return v
}

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"asset":       func(name string) string { return assets[name].link() },
	"count":       count,
	"fullTime":    fullTime,
	"machineTime": machineTime,
	"mean":        mean,
	"number":      number,
	"percent":     percent,
	"sentiment":   sentiment,
	"share":       share,
	"balance":     newBalance,
	"brief":       brief,
	"briefTime":   briefTime,
	"card":        newCard,
	"verdict":     verdict,
	"personLink":  personLink,
}).ParseFS(templateFiles, "templates/*.html"))

package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/humanfeedback/feedbacks/store"
)

// A numbering gives arguments their numbers, in the order in which they are named.
type numbering int

func (n *numbering) next() string {
	*n++
	return "$" + strconv.Itoa(int(*n))
}

// scopeArguments are what a record says of its scope, before its columns.
var scopeArguments = []column{
	{name: "scope", in: "%s::text::uuid", text: func(f *store.Feedback) string { return scopeUUID(f.Scope) }},
	{name: "account", in: "%s::text", text: func(f *store.Feedback) string { return f.Scope.Account }},
	{name: "assistant", in: "%s::text", text: func(f *store.Feedback) string { return f.Scope.Assistant }},
}

// inputs are all that a record is written from.
var inputs = slices.Concat(scopeArguments, columns)

// newRows makes arguments, of which each is an array of one column, rows of "new".
var newRows = func() string {
	var n numbering
	var values, arrays, names []string
	add := func(name, in, array string) {
		names = append(names, name)
		values = append(values, fmt.Sprintf(in, "n."+name)+" AS "+name)
		arrays = append(arrays, n.next()+"::"+array+"[]")
	}
	for i := range inputs {
		c := &inputs[i]
		switch {
		case c.text != nil:
			add(c.name, c.in, "text")
		case c.number != nil:
			add(c.name, c.in, "float8")
		case c.time != nil:
			add(c.name, c.in, "timestamptz")
		}
	}
	add("until", "%s", "timestamptz")
	return `new AS (
	SELECT ` + strings.Join(values, ", ") + `
	FROM unnest(` + strings.Join(arrays, ", ") + `) AS n (` + strings.Join(names, ", ") + `)
), known AS (
	INSERT INTO «feedbacks_scopes (scope, account, assistant)
	SELECT DISTINCT scope, account, assistant FROM new ORDER BY scope
	ON CONFLICT DO NOTHING
)`
}()

// arguments returns the arguments of newRows, in types that need no prepared
// statement.
func arguments(fs []store.Feedback, until []time.Time) []any {
	args := make([]any, 0, len(inputs)+1)
	for i := range inputs {
		c := &inputs[i]
		switch {
		case c.text != nil:
			args = append(args, each(fs, c.text))
		case c.number != nil:
			args = append(args, each(fs, c.number))
		case c.time != nil:
			args = append(args, each(fs, c.time))
		}
	}
	return append(args, until)
}

func each[T any](fs []store.Feedback, of func(*store.Feedback) T) []T {
	values := make([]T, len(fs))
	for i := range fs {
		values[i] = of(&fs[i])
	}
	return values
}

// createOneSQL adds one record, which is counted beforehand: that makes a lone
// caller wait a fifth less than createSQL does.
var createOneSQL = func() string {
	var n numbering
	values := map[string]string{}
	for _, c := range inputs {
		values[c.name] = fmt.Sprintf(c.in, n.next())
	}
	day := n.next() + "::int"
	tally := countList(func(*count) string { return n.next() + "::bigint" })
	tags := n.next() + "::text[]"
	return `WITH known AS (
	INSERT INTO «feedbacks_scopes (scope, account, assistant) VALUES (` + values["scope"] + `, ` + values["account"] + `, ` + values["assistant"] + `)
	ON CONFLICT DO NOTHING
), added AS (
	INSERT INTO «feedbacks (scope, ` + names("") + `)
	VALUES (` + values["scope"] + `, ` + list(func(c *column) string { return values[c.name] }) + `)
	ON CONFLICT DO NOTHING
	RETURNING id
), rolled_up AS (` + addUp(`SELECT `+values["scope"]+`, tag, `+day+`, `+tally+` FROM added CROSS JOIN unnest(`+tags+`) AS tag`) + `)
SELECT id::text FROM added`
}()

// argumentsOfOne returns the arguments of createOneSQL.
func argumentsOfOne(f *store.Feedback) []any {
	args := make([]any, 0, len(inputs)+len(counts)+2)
	for i := range inputs {
		c := &inputs[i]
		switch {
		case c.text != nil:
			args = append(args, c.text(f))
		case c.number != nil:
			args = append(args, c.number(f))
		case c.time != nil:
			args = append(args, c.time(f))
		}
	}
	var t store.Tally
	t.Add(*f)
	args = append(args, daysSince1970(f.CreatedAt()))
	for i := range counts {
		args = append(args, *counts[i].of(&t))
	}
	tags := append([]string{""}, f.Tags...)
	slices.Sort(tags) // as tally's rows are
	return append(args, tags)
}

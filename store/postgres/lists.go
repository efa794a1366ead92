package postgres

import (
	"cmp"
	"strconv"
	"strings"
)

// list makes the list of what each column says.
func list[C any](cs []C, says func(c C) string) string {
	said := make([]string, len(cs))
	for i, c := range cs {
		said[i] = says(c)
	}
	return strings.Join(said, ", ")
}

// names lists the columns, each with a prefix: "", or a row's name with a dot.
func names(cs []column, prefix string) string {
	return list(cs, func(c column) string { return prefix + c.name })
}

// reads lists what a reader of the columns scans.
func reads(cs []column, prefix string) string {
	return list(cs, func(c column) string { return of(c.read, prefix+c.name) })
}

// no lists what a reader of the columns scans where there is no record: what is
// given by a column's name, or its none.
func no(cs []column, given map[string]string) string {
	return list(cs, func(c column) string { return cmp.Or(given[c.name], "'"+c.none+"'") })
}

// stores lists what is stored of the columns' arguments.
func stores(cs []column, argument func(c column) string) string {
	return list(cs, func(c column) string { return of(c.stored, argument(c)) })
}

// of fills in what stands for %s in a column's SQL; "" is that alone.
func of(sql, what string) string { return strings.ReplaceAll(cmp.Or(sql, "%s"), "%s", what) }

// parameters count the arguments of a statement.
type parameters int

// next returns what stands for the next one, which is of an SQL type.
func (p *parameters) next(sqlType string) string {
	*p++
	return "$" + strconv.Itoa(int(*p)) + "::" + sqlType
}

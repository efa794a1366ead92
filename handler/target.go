package handler

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/store"
)

// Target returns what a request is about, by its path alone, before it is routed:
// for an Authenticate that knows a user, by a cookie say, and must know whether the
// session is that user's, and the assistant and the message what it has given out:
// whatever is not looked at may be any. Each is "" where the path has none, and all are where it
// is none of the API's. What comes before /v1 is not looked at: below a prefix
// other than Options.Prefix the answer is 404 anyway.
func Target(r *http.Request) (assistant, session, message string) {
	path := r.URL.EscapedPath()
	var vars map[string]string
	least := len(path) + 1
	for _, t := range templates {
		if before, values, ok := t.cut(path); ok && len(before) < least { // an id may look like a path's beginning
			least, vars = len(before), t.vars(values)
		}
	}
	var ids [3]string
	for i, name := range []string{"assistant_id", "session_id", "message_id"} {
		escaped, ok := vars[name]
		if !ok {
			continue
		}
		if ids[i], ok = unescapeID(escaped); !ok {
			return "", "", ""
		}
	}
	return ids[0], ids[1], ids[2]
}

// unescapeID returns an id as a path has it; false when it can be nobody's.
func unescapeID(escaped string) (string, bool) {
	id, err := url.PathUnescape(escaped)
	return id, err == nil && store.CheckID("id", id) == nil
}

// A template is the segments of a path of the API.
type template []string

// templates are those of the resources, in the same order.
var templates = func() (ts []template) {
	for _, res := range resources {
		ts = append(ts, strings.Split(res.path, "/")[1:])
	}
	return ts
}()

func isVariable(segment string) bool { return segment[0] == '{' }

// cut takes the template off the end of an escaped path. It returns what comes
// before, and a segment of the path for each of the template's. Ids stay escaped,
// so that they may hold a slash.
func (t template) cut(path string) (before string, values [8]string, ok bool) {
	for i := len(t) - 1; i >= 0; i-- {
		slash := strings.LastIndexByte(path, '/')
		if slash < 0 {
			return "", values, false
		}
		values[i] = path[slash+1:]
		path = path[:slash]
		if isVariable(t[i]) && values[i] == "" || !isVariable(t[i]) && values[i] != t[i] {
			return "", values, false
		}
	}
	return path, values, true
}

// vars returns the variables among values, escaped.
func (t template) vars(values [8]string) map[string]string {
	vars := map[string]string{}
	for i, segment := range t {
		if isVariable(segment) {
			vars[strings.Trim(segment, "{}")] = values[i]
		}
	}
	return vars
}

// hintPrefix tells the host, once, of a path that would be the API's below another
// prefix. It is not served, since a guard of the host's may not know that prefix.
func (c *call) hintPrefix() {
	path := c.r.URL.EscapedPath()
	for i, t := range templates {
		before, _, ok := t.cut(path)
		if !ok || resources[i].public {
			continue
		}
		c.hinted.Do(func() {
			c.opts.logger().WarnContext(c.r.Context(), "feedbacks: a path of the API came with a prefix that is not Options.Prefix, and is not served: set Options.Prefix, or strip the prefix",
				"prefix", quote.Clip(before), "Options.Prefix", c.opts.Prefix)
		})
		return
	}
}

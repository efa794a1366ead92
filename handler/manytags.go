package handler

import (
	"sync"

	"github.com/humanfeedback/feedbacks/store"
)

// warned are scopes that the log has named.
type warned struct {
	mu     sync.Mutex
	scopes map[store.Scope]bool
}

const maxWarned = 1000 // scopes that are named, which bounds the memory for them

// first reports whether a scope is to be named: the first time, for the first of
// many scopes.
func (w *warned) first(s store.Scope) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.scopes[s] || len(w.scopes) == maxWarned {
		return false
	}
	if w.scopes == nil {
		w.scopes = map[store.Scope]bool{}
	}
	w.scopes[s] = true
	return true
}

// warnOfTags logs, once, that a scope has too many distinct tags.
func (c *call) warnOfTags() {
	if c.warned.first(c.scope) {
		c.opts.logger().WarnContext(c.r.Context(), "feedbacks: more distinct tags on a day than are counted: ids belong in metadata",
			"account", c.scope.Account, "assistant", c.scope.Assistant, "counted", store.MaxDayTags)
	}
}

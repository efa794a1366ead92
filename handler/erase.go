package handler

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/store"
)

// erase answers DELETE …/Feedbacks: it deletes all that the filters select. It
// works in chunks: what fails part way can be repeated.
func (c *call) erase() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, _, err := c.params(params.Filters)
	if err != nil {
		return err
	}
	if v.Filter.IsZero() {
		return badRequest("erasing needs at least one filter, such as UserId or DateCreatedBefore")
	}
	n, err := c.store.Erase(c.r.Context(), c.scope, v.Filter)
	return c.erased(v.Filter, n, err)
}

// erased answers with what became of an erasure, and tells the host first.
func (c *call) erased(f store.Filter, n int64, err error) error {
	if c.opts.OnErase != nil {
		c.tellErased(f, n, err)
	}
	if err != nil {
		return fmt.Errorf("an erasure broke off after %d records: %w", n, err)
	}
	b := strconv.AppendInt([]byte(`{"deleted":`), n, 10)
	answer.Extend(c.w)
	c.write(http.StatusOK, jsonType, append(b, '}'))
	return nil
}

// tellErased tells a host that has an OnErase of an erasure. What it does with it
// cannot fail the call.
func (c *call) tellErased(f store.Filter, n int64, err error) {
	defer answer.Forgive(c, "OnErase")
	c.opts.OnErase(context.WithoutCancel(c.r.Context()), c.principal, c.scope, f, n, err)
}

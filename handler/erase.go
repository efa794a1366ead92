package handler

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/params"
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
	if err != nil {
		return fmt.Errorf("an erasure broke off after %d records: %w", n, err)
	}
	b := strconv.AppendInt([]byte(`{"deleted":`), n, 10)
	answer.Extend(c.w)
	c.write(http.StatusOK, jsonType, append(b, '}'))
	return nil
}

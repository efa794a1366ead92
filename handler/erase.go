package handler

import (
	"fmt"
	"net/http"
	"strconv"
)

// erase answers DELETE …/Feedbacks: it deletes all that the filters select. It
// works in chunks: what fails part way can be repeated.
func (c *call) erase() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	p, err := c.params(filterParams)
	if err != nil {
		return err
	}
	f, err := p.filter()
	if err != nil {
		return err
	}
	if f.IsZero() {
		return badRequest("erasing needs at least one filter, such as UserId or DateCreatedBefore")
	}
	n, err := c.store.Erase(c.r.Context(), c.scope, f)
	if err != nil {
		return fmt.Errorf("an erasure broke off after %d records: %w", n, err)
	}
	b := strconv.AppendInt([]byte(`{"deleted":`), n, 10)
	c.extend()
	c.write(http.StatusOK, jsonType, append(b, '}'))
	return nil
}
